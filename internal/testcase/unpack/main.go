// Command unpack writes the files of cases below the current directory:
//
//	go run ./internal/testcase/unpack testdata/rules/seq-scan/fires
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/pgverdict/pgverdict/internal/testcase"
)

func main() {
	for _, name := range os.Args[1:] {
		path, err := testcase.Write(".", strings.TrimSuffix(name, testcase.Ext))
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(path)
	}
}
