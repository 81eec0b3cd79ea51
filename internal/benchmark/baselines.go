package main

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
)

// baselines do the least that a reader of a format has to do, each in a process of its
// own.
var baselines = map[string]func(io.Reader) error{
	"nothing":       func(io.Reader) error { return nil },
	"encoding/json": decodePlans,
	"encoding/csv":  readNumbers,
}

// runBaseline runs a baseline on a file: its name and the path, which is empty for none.
func runBaseline(args []string) error {
	do, path := baselines[args[0]], args[1]
	if do == nil {
		return fmt.Errorf("no baseline %q", args[0])
	}
	if path == "" {
		return do(nil)
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return do(f)
}

// decodePlans reads plans into structs.
func decodePlans(r io.Reader) error {
	for d := json.NewDecoder(r); ; {
		var list []document
		if err := d.Decode(&list); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// readNumbers reads every value of a CSV that is a number.
func readNumbers(r io.Reader) error {
	c := csv.NewReader(r)
	c.ReuseRecord = true
	sum := 0.0
	for {
		record, err := c.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		for _, value := range record {
			if f, err := strconv.ParseFloat(value, 64); err == nil {
				sum += f
			}
		}
	}
	if sum == 0 {
		return errors.New("no numbers")
	}
	return nil
}
