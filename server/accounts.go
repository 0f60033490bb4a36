package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/sothon/sothon/sync/accounts"
	"github.com/sothon/sothon/sync/ledger"
)

// accountCommands make units and accounts.
type accountCommands struct{ *program }

// addUnit is the command "unit add". It prints the new unit's id alone.
func (p *accountCommands) addUnit(ctx context.Context, args []string) error {
	args, err := p.onlyAdd("unit", args)
	if err != nil {
		return err
	}
	f := flag.NewFlagSet("unit add", flag.ContinueOnError)
	c, n := &config{}, accounts.Unit{}
	c.flagDB(f)
	f.StringVar(&n.Code, "code", "", "the unit's code, as 21133-01")
	f.StringVar(&n.Name, "name", "", "its name")
	f.StringVar(&n.Kind, "kind", "", "what it is called, as \"tổ dân phố\", where its name does not begin with it")
	f.StringVar(&n.ValidFrom, "valid-from", "", "the day from which the code is its own, as 2004-01-01")
	f.StringVar(&n.ValidTo, "valid-to", "", "its last day, if it has ended")
	f.StringVar((*string)(&n.Parent), "parent", "", "the unit above it")
	f.StringVar((*string)(&n.Successor), "successor", "", "the unit that took its place")
	f.StringVar((*string)(&n.Level), "level", "", "village, commune, district or province (default village with a parent, else commune)")
	if err := p.parse(f, args); err != nil {
		return err
	}
	if n.Level == "" {
		n.Level = accounts.Commune
		if n.Parent != "" || strings.Contains(n.Code, "-") {
			n.Level = accounts.Village
		}
	}
	return withAccounts(ctx, c, func(tables accounts.Accounts) error {
		u, err := tables.AddUnit(ctx, n)
		if err != nil {
			return fmt.Errorf("add the unit: %w", err)
		}
		_, err = fmt.Fprintln(p.stdout, u.ID)
		return err
	})
}

// maxPasswordLine bounds what is read as a password, in bytes.
const maxPasswordLine = 1024

// readPassword reads a password: one line of UTF-8. It refuses what an editor
// or a shell may have put there beside it, which the person would never type.
func readPassword(from io.Reader) (string, error) {
	text, err := io.ReadAll(io.LimitReader(from, maxPasswordLine+1))
	if err != nil {
		return "", err
	}
	if len(text) > maxPasswordLine {
		return "", fmt.Errorf("want at most %d bytes", maxPasswordLine)
	}
	switch {
	case bytes.HasPrefix(text, []byte("\xef\xbb\xbf")):
		return "", errors.New("the text begins with a byte order mark; save it as UTF-8 without one")
	case bytes.HasPrefix(text, []byte("\xff\xfe")), bytes.HasPrefix(text, []byte("\xfe\xff")), bytes.ContainsRune(text, 0):
		return "", errors.New("the text is UTF-16; save it as UTF-8")
	case !utf8.Valid(text):
		return "", errors.New("the text is not UTF-8")
	}
	line := strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
	switch {
	case line == "":
		return "", errors.New("there is no password on standard input")
	case strings.ContainsAny(line, "\r\n"):
		return "", errors.New("want one line; there are more")
	}
	return line, nil
}

// addUser is the command "user add". It prints the new account's id alone.
func (p *accountCommands) addUser(ctx context.Context, args []string) error {
	args, err := p.onlyAdd("user", args)
	if err != nil {
		return err
	}
	f := flag.NewFlagSet("user add", flag.ContinueOnError)
	c, n := &config{}, accounts.NewUser{}
	c.flagDB(f)
	var units string
	var stdin bool
	f.StringVar(&n.Username, "username", "", "the name to sign in with")
	f.StringVar(&n.Name, "name", "", "the person's name (default the user name)")
	f.StringVar((*string)(&n.Role), "role", "", "collector, reviewer, approver, admin, superior or auditor")
	f.StringVar(&units, "unit", "", "the units of the account, with commas between")
	f.BoolVar(&stdin, "password-stdin", false, "read the password from standard input")
	if err := p.parse(f, args); err != nil {
		return err
	}
	if !stdin {
		fmt.Fprintln(p.stderr, "sothon user add: give the password on standard input, with -password-stdin")
		return errUsage
	}
	if n.Password, err = readPassword(p.stdin); err != nil {
		return fmt.Errorf("-password-stdin: %w", err)
	}
	if n.Name == "" {
		n.Name = n.Username
	}
	for _, unit := range strings.FieldsFunc(units, func(r rune) bool { return r == ',' }) {
		n.Units = append(n.Units, ledger.UnitID(strings.TrimSpace(unit)))
	}
	return withAccounts(ctx, c, func(tables accounts.Accounts) error {
		u, err := tables.AddUser(ctx, rand.Reader, p.now(), n)
		if err != nil {
			return fmt.Errorf("add the account: %w", err)
		}
		_, err = fmt.Fprintln(p.stdout, u.ID)
		return err
	})
}

func (p *accountCommands) onlyAdd(command string, args []string) ([]string, error) {
	if len(args) == 0 || args[0] != "add" {
		fmt.Fprintf(p.stderr, "sothon: usage: %s add [flags]\n", command)
		return nil, errUsage
	}
	return args[1:], nil
}

func withAccounts(ctx context.Context, c *config, do func(accounts.Accounts) error) error {
	if err := c.checkDB(); err != nil {
		return err
	}
	db, err := c.open(ctx)
	if err != nil {
		return err
	}
	return errors.Join(do(accounts.New(db)), db.Close())
}
