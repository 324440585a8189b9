package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"registrard/asterisk"
	"registrard/config"
	"registrard/store"
	"registrard/view"
)

func (a *app) endpoint() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "endpoint",
		Short: "Add and remove endpoints, change their passwords",
		Long: `Add and remove endpoints and change their passwords, for those who don't want to
write SQL. The SQL that is run is printed with its parameters, so that you can
do the same in psql next time; a secret stands there as :'secret'. It is in
force on every node within milliseconds.

Exit status: 0 done, 1 failed or not there, 2 used wrongly.`,
	}
	cmd.AddCommand(a.endpointAdd(), a.endpointRemove(), a.endpointPasswd())
	return cmd
}

// provisioning is what the commands that change rows share.
type provisioning struct {
	dryRun, json bool
}

func (p *provisioning) flags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&p.dryRun, "dry-run", false, "run it in a transaction, take that back, and print what would be done")
	cmd.Flags().BoolVar(&p.json, "json", false, "print one JSON object")
	configFlags(cmd, "database.url")
}

// changed is the result of a command that changes rows, for machines.
type changed struct {
	DryRun     bool          `json:"dry_run"`
	Statements []changedJSON `json:"statements"`
	// Password is there only when it was generated.
	Password string `json:"password,omitempty"`
}

type changedJSON struct {
	SQL  string `json:"sql"`
	Rows int64  `json:"rows"`
}

// run changes rows and prints what was run. generated is the password that the
// user can't know yet.
func (p *provisioning) run(a *app, cmd *cobra.Command, generated asterisk.Secret, do func(context.Context, config.Config, *store.Provision) ([]store.Statement, error)) error {
	c, err := a.load(cmd)
	if err != nil {
		return err
	}
	db, err := store.OpenProvision(c.Database.URL)
	if err != nil {
		return err
	}
	defer db.Close()
	db.DryRun = p.dryRun
	done, err := do(cmd.Context(), c, db)
	for _, w := range db.Warnings() {
		fmt.Fprintf(a.stderr, "Warning of the database: %s\n", view.Printable(w))
	}
	var bad *store.BadValue
	if errors.As(err, &bad) {
		return &usageError{text: view.Printable(bad.Error())}
	}
	if err != nil {
		return errors.New(view.Printable(err.Error()))
	}
	if p.json {
		result := changed{DryRun: p.dryRun, Statements: []changedJSON{}, Password: generated.Reveal()}
		for _, s := range done {
			result.Statements = append(result.Statements, changedJSON{s.String(), s.Rows})
		}
		return printJSON(a.stdout, result)
	}
	for _, s := range done {
		text := s.String()
		if !strings.HasPrefix(text, "INSERT") {
			text += fmt.Sprintf("  -- rows: %d", s.Rows)
		}
		fmt.Fprintln(a.stdout, view.Printable(text))
	}
	if p.dryRun {
		fmt.Fprintln(a.stderr, "Nothing was changed (--dry-run).")
	}
	if generated != "" {
		fmt.Fprintf(a.stdout, "\nThe password, shown this once: %s\n", generated.Reveal())
	}
	return nil
}

// passwordFlags say where a password comes from and how it is stored.
type passwordFlags struct {
	stdin, generate bool
	hash, realm     string
}

func (p *passwordFlags) flags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&p.stdin, "password-stdin", false, "read the password from the first line of standard input")
	cmd.Flags().BoolVar(&p.generate, "generate", false, "make a password, and show it once")
	cmd.Flags().StringVar(&p.hash, "hash", "", "store digests instead of the password; --hash alone is MD5,SHA-256")
	cmd.Flags().Lookup("hash").NoOptDefVal = "MD5,SHA-256"
	cmd.Flags().StringVar(&p.realm, "realm", "", "the `realm` that a digest holds for (default: ps_globals.default_realm, else auth.realm)")
}

func (p *passwordFlags) storing(c config.Config) store.Storing {
	hash, _ := asterisk.ParseAlgorithms(p.hash) // check has read it
	return store.Storing{Hash: hash, Realm: p.realm, Default: c.Auth.Realm}
}

// check refuses flags that contradict each other, before anybody is asked for
// a password.
func (p *passwordFlags) check() error {
	if p.stdin && p.generate {
		return &usageError{text: "--password-stdin and --generate: want one of them"}
	}
	if _, unknown := asterisk.ParseAlgorithms(p.hash); len(unknown) > 0 {
		return &usageError{text: fmt.Sprintf("--hash: %q is no algorithm; want MD5, SHA-256 or SHA-512-256, separated by commas", unknown[0])}
	}
	return nil
}

// longestPassword bounds what is read; ps_auths.password holds 80 characters.
const longestPassword = 1024

// password reads one from where the flags say, else from the terminal without
// echo. generated is the same when it was made here.
func (p *passwordFlags) password(a *app) (password, generated asterisk.Secret, err error) {
	if p.generate {
		made := asterisk.Secret(rand.Text()) // 130 bits in 26 letters and digits
		return made, made, nil
	}
	if p.stdin {
		line, err := bufio.NewReader(io.LimitReader(a.stdin, longestPassword)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", "", fmt.Errorf("reading the password from standard input: %w", err)
		}
		if line = strings.TrimRight(line, "\r\n"); line == "" {
			return "", "", &usageError{text: "--password-stdin: standard input has no password in its first line"}
		}
		return asterisk.Secret(line), "", nil
	}
	f, ok := a.stdin.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return "", "", &usageError{text: "there is no terminal to ask for the password; want --password-stdin or --generate"}
	}
	first, err := askPassword(a, f, "Password: ")
	if err != nil {
		return "", "", err
	}
	second, err := askPassword(a, f, "The same again: ")
	if err != nil {
		return "", "", err
	}
	if first != second {
		return "", "", errors.New("the passwords differ; nothing was changed")
	}
	return first, "", nil
}

func askPassword(a *app, f *os.File, prompt string) (asterisk.Secret, error) {
	fmt.Fprint(a.stderr, prompt)
	text, err := term.ReadPassword(int(f.Fd()))
	fmt.Fprintln(a.stderr)
	if err != nil {
		return "", fmt.Errorf("reading the password from the terminal: %w", err)
	}
	return asterisk.Secret(text), nil
}

func (a *app) endpointAdd() *cobra.Command {
	var p provisioning
	var pw passwordFlags
	var e store.NewEndpoint
	cmd := &cobra.Command{
		Use:   "add id",
		Short: "Add an endpoint, with its AOR and its auth",
		Long: `Add an endpoint, with an AOR and an auth of the same id: three INSERTs in one
transaction. The password is asked for on the terminal, not echoed. When any of
the three is there already, nothing is changed.`,
		Example: `  registrard endpoint add 6010
  registrard endpoint add 6010 --generate --hash --max-contacts 2
  pass show pbx/6010 | registrard endpoint add 6010 --password-stdin --dry-run`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := pw.check(); err != nil {
				return err
			}
			if e.MaxContacts < 1 || e.MaxContacts > 1<<20 {
				return &usageError{text: fmt.Sprintf("--max-contacts %d: want 1 or more; with 0 nobody may register", e.MaxContacts)}
			}
			password, generated, err := pw.password(a)
			if err != nil {
				return err
			}
			return p.run(a, cmd, generated, func(ctx context.Context, c config.Config, db *store.Provision) ([]store.Statement, error) {
				e.ID, e.Password, e.Storing = args[0], password, pw.storing(c)
				return db.AddEndpoint(ctx, e)
			})
		},
	}
	pw.flags(cmd)
	cmd.Flags().StringVar(&e.AuthUser, "auth-user", "", "the user `name` in the phone's credentials (default: the id)")
	cmd.Flags().IntVar(&e.MaxContacts, "max-contacts", 1, "how many phones may register")
	cmd.Flags().BoolVar(&e.RemoveExisting, "remove-existing", true, "a phone too many replaces the one that expires soonest, instead of being refused")
	cmd.Flags().StringVar(&e.Context, "context", "", "ps_endpoints.context, for Asterisk")
	cmd.Flags().StringVar(&e.Transport, "transport", "", "ps_endpoints.transport, for Asterisk")
	p.flags(cmd)
	return cmd
}

func (a *app) endpointRemove() *cobra.Command {
	var p provisioning
	cmd := &cobra.Command{
		Use:   "rm id",
		Short: "Remove an endpoint, its contacts, and what only it names",
		Long: `Remove an endpoint, its rows in ps_endpoint_id_ips and its contacts; of its AORs
and auths, those that no other endpoint names.`,
		Example: `  registrard endpoint rm 6010 --dry-run`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.run(a, cmd, "", func(ctx context.Context, _ config.Config, db *store.Provision) ([]store.Statement, error) {
				return db.RemoveEndpoint(ctx, args[0])
			})
		},
	}
	p.flags(cmd)
	return cmd
}

func (a *app) endpointPasswd() *cobra.Command {
	var p provisioning
	var pw passwordFlags
	var n store.NewPassword
	cmd := &cobra.Command{
		Use:   "passwd id",
		Short: "Change an endpoint's password",
		Long: `Change the password of an endpoint's auth. Where the row holds digests, it gets
digests of the same algorithms for the same realm; --plain and --hash choose
another form. The password is asked for on the terminal, not echoed.`,
		Example: `  registrard endpoint passwd 6010
  registrard endpoint passwd 6010 --generate`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := pw.check(); err != nil {
				return err
			}
			if n.Plain && pw.hash != "" {
				return &usageError{text: "--plain and --hash: want one of them"}
			}
			password, generated, err := pw.password(a)
			if err != nil {
				return err
			}
			return p.run(a, cmd, generated, func(ctx context.Context, c config.Config, db *store.Provision) ([]store.Statement, error) {
				n.Endpoint, n.Password, n.Storing = args[0], password, pw.storing(c)
				return db.SetPassword(ctx, n)
			})
		},
	}
	pw.flags(cmd)
	cmd.Flags().StringVar(&n.Auth, "auth", "", "which auth, when the endpoint has several")
	cmd.Flags().BoolVar(&n.Plain, "plain", false, "store the password itself, also where digests are")
	p.flags(cmd)
	return cmd
}
