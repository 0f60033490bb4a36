package main_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestCollectionsHaveOneOwner checks that no two packages keep documents in one
// collection: one would read the other's. A table of struct{} reads ids alone.
func TestCollectionsHaveOneOwner(t *testing.T) {
	owners := map[string]string{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if strings.HasPrefix(d.Name(), ".") && path != ".." || d.Name() == "testdata" || d.Name() == "node_modules" {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		source, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, collection := range collections(source) {
			if owner, taken := owners[collection]; taken && owner != filepath.Dir(path) {
				t.Errorf("the collection %s is named by %s and by %s", collection, owner, filepath.Dir(path))
			}
			owners[collection] = filepath.Dir(path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if owners["units"] == "" || owners["rejections"] == "" {
		t.Errorf("not all collections were seen: %v", owners)
	}
}

// collections are those that calls of NewTable in a file name.
func collections(source *ast.File) []string {
	var found []string
	ast.Inspect(source, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) != 2 {
			return true
		}
		generic, ok := call.Fun.(*ast.IndexExpr)
		if !ok {
			return true
		}
		if _, ids := generic.Index.(*ast.StructType); ids {
			return true
		}
		named := ""
		switch f := generic.X.(type) {
		case *ast.Ident:
			named = f.Name
		case *ast.SelectorExpr:
			named = f.Sel.Name
		}
		if literal, ok := call.Args[1].(*ast.BasicLit); ok && named == "NewTable" {
			if collection, err := strconv.Unquote(literal.Value); err == nil {
				found = append(found, collection)
			}
		}
		return true
	})
	return found
}
