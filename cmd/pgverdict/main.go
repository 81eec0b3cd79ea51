// Command pgverdict says what is wrong with a slow PostgreSQL from pasted
// plans and exported statistics. It never connects to a database.
package main

import (
	"os"

	"github.com/pgverdict/pgverdict/internal/cli"
	_ "github.com/pgverdict/pgverdict/internal/collect"
)

func main() { os.Exit(cli.Run(os.Args[1:])) }
