package sql

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
)

// Open returns the raw parse tree of one statement as maps and lists, to be changed
// and printed by Print. EXPLAIN before it is left out. An error means that
// it cannot be parsed.
func Open(text string) (map[string]any, error) {
	tree, err := exact(denormalize(text))
	if err != nil {
		return nil, err
	}
	stmt, err := only(tree)
	if err != nil {
		return nil, err
	}
	if explain, ok := stmt["ExplainStmt"].(map[string]any); ok {
		stmt, _ = explain["query"].(map[string]any)
	}
	if stmt == nil {
		return nil, &SyntaxError{Msg: "no statement"}
	}
	return stmt, nil
}

// Print returns the SQL of a tree. What it prints is parsed again and has to be the
// same tree.
func Print(stmt map[string]any) (string, error) {
	tree, err := json.Marshal(map[string]any{"version": 160001, "stmts": []any{map[string]any{"stmt": stmt}}})
	if err != nil {
		return "", err
	}
	text, err := deparse(tree)
	if err != nil {
		return "", err
	}
	again, err := exact(text)
	if err != nil {
		return "", err
	}
	printed, err := only(again)
	if err != nil {
		return "", err
	}
	wanted, err := only(string(tree))
	if err != nil {
		return "", err
	}
	if !reflect.DeepEqual(placeless(printed), placeless(wanted)) {
		return "", errDiffers
	}
	return text, nil
}

var errDiffers = errors.New("the printed statement is another one")

// exact returns the tree of a text as JSON. The trees of the library's own JSON have no
// negative numbers: -1 would be printed as 0.
func exact(text string) (tree string, err error) {
	if err := guard(text); err != nil {
		return "", err
	}
	defer func() {
		if p := recover(); p != nil {
			tree, err = "", &SyntaxError{Msg: fmt.Sprint(p)}
		}
	}()
	return parseExact(text)
}

// only returns the statement of a tree that has one.
func only(tree string) (map[string]any, error) {
	var all struct {
		Stmts []struct {
			Stmt map[string]any `json:"stmt"`
		} `json:"stmts"`
	}
	d := json.NewDecoder(bytes.NewReader([]byte(tree)))
	d.UseNumber()
	if err := d.Decode(&all); err != nil {
		return nil, err
	}
	if len(all.Stmts) != 1 {
		return nil, &SyntaxError{Msg: "not one statement"}
	}
	return all.Stmts[0].Stmt, nil
}

// placeless returns a tree without the positions in the text.
func placeless(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, x := range v {
			if k != "location" && k != "stmt_location" && k != "stmt_len" {
				out[k] = placeless(x)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = placeless(x)
		}
		return out
	}
	return v
}
