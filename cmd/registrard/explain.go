package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"registrard/asterisk"
	"registrard/config"
	"registrard/explain"
	"registrard/sip"
)

// errRefused ends a command whose result, printed already, is a refusal.
var errRefused = errors.New("refused")

// maxPaste bounds what is read of a pasted text, maxPassword of a password.
const (
	maxPaste    = 1 << 20
	maxPassword = 4096
)

// explainOptions are the flags of explain.
type explainOptions struct {
	user, authUser, source, domain, transport string
	passwordStdin, json                       bool
}

func (a *app) explain() *cobra.Command {
	var o explainOptions
	cmd := &cobra.Command{
		Use:   "explain [file | -]",
		Short: "Tell what would become of a phone's REGISTER, step by step, and why",
		Long: `Tell what would become of a REGISTER, step by step, with what was almost right:
an id with a blank after it, another case, the right user in another domain, an
address just outside a network, a digest made for another realm.

The REGISTER is one that --user and --source describe, or a captured one, from a
file or with - from stdin: a raw message, or what tcpdump -A, sngrep or Asterisk's
logger print. Its credentials are judged, though their nonce is old. Without
credentials the password is taken to be right, unless --password-stdin gives one.

It takes the way of a node with this configuration over this database, and writes
nothing.

Exit status: 0 accepted, 1 refused, 2 used wrongly.`,
		Example: `  registrard explain --user 6001 --source 10.0.0.5
  registrard explain --user 6001@example.com --source 10.0.0.5 --transport tls --password-stdin
  registrard explain register.txt
  tcpdump -A -n -r phone.pcap port 5060 | registrard explain -`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(args); err != nil {
				return err
			}
			c, err := a.load(cmd)
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), lookTimeout)
			defer cancel()
			return a.runExplain(ctx, c, o, args)
		},
	}
	configFlags(cmd, "database.url")
	f := cmd.Flags()
	f.StringVar(&o.user, "user", "", "`name` that the phone registers, with or without @domain")
	f.StringVar(&o.authUser, "auth-user", "", "`name` in the phone's credentials (default the user)")
	f.StringVar(&o.source, "source", "", "`address`, or address:port, that the REGISTER comes from")
	f.StringVar(&o.domain, "domain", "", "`domain` that the phone registers with (default the listener's)")
	f.StringVar(&o.transport, "transport", "", "udp, tcp, tls, ws or wss (default udp)")
	f.BoolVar(&o.passwordStdin, "password-stdin", false, "read the phone's password from stdin, and hold it against the database's")
	f.BoolVar(&o.json, "json", false, "print one JSON object")
	return cmd
}

// check finds what is wrong with the flags.
func (o *explainOptions) check(args []string) error {
	wrong := func(format string, args ...any) error { return &usageError{text: fmt.Sprintf(format, args...)} }
	switch {
	case o.user == "" && len(args) == 0:
		return wrong("explain what? Name a user with --user (and --source), or give a captured REGISTER: a file, or - for stdin")
	case o.user != "" && len(args) > 0:
		return wrong("--user and a captured REGISTER don't go together")
	case o.passwordStdin && len(args) > 0 && args[0] == "-":
		return wrong("--password-stdin and - both want stdin; put the REGISTER into a file")
	}
	if user, domain, ok := strings.Cut(o.user, "@"); ok {
		if o.domain != "" && o.domain != domain {
			return wrong("two domains: --user %s and --domain %s", o.user, o.domain)
		}
		o.user, o.domain = user, domain
	}
	switch o.transport {
	case "", "udp", "tcp", "tls", "ws", "wss":
	default:
		return wrong("--transport %q: want udp, tcp, tls, ws or wss", o.transport)
	}
	if o.source != "" {
		if _, err := parseSource(o.source); err != nil {
			return wrong("--source %q: want an address or address:port, such as 192.0.2.7 or [2001:db8::7]:5060", o.source)
		}
	}
	return nil
}

// parseSource reads an address with or without a port; 5060 is the default.
func parseSource(s string) (netip.AddrPort, error) {
	if a, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return netip.AddrPortFrom(a.Unmap(), 5060), nil
	}
	ap, err := netip.ParseAddrPort(s)
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port()), err
}

func (a *app) runExplain(ctx context.Context, c config.Config, o explainOptions, args []string) error {
	look, err := openLook(ctx, c)
	if err != nil {
		return err
	}
	defer look.close()
	var found explain.Case
	if len(args) > 0 {
		found, err = a.capturedCase(ctx, look, o, args[0])
	} else {
		found, err = look.userCase(ctx, o)
	}
	if err != nil {
		return err
	}
	found.AuthUser = o.authUser
	if o.passwordStdin {
		if found.Password, err = a.readPassword(); err != nil {
			return err
		}
	}
	e, err := look.explainer.Explain(ctx, found)
	if err != nil {
		return err
	}
	if o.json {
		err = printJSON(a.stdout, e)
	} else {
		err = e.Print(a.stdout, a.terminal())
	}
	if err == nil && !e.Accepted {
		return errRefused
	}
	return err
}

// readPassword reads a line; its end doesn't belong to it.
func (a *app) readPassword() (asterisk.Secret, error) {
	text, err := io.ReadAll(io.LimitReader(a.stdin, maxPassword+1))
	if err != nil {
		return "", fmt.Errorf("reading the password from stdin: %w", err)
	}
	line := strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
	switch {
	case line == "":
		return "", &usageError{text: "--password-stdin: there is no password on stdin"}
	case len(text) > maxPassword || strings.ContainsAny(line, "\n\x00"):
		return "", &usageError{text: "--password-stdin: want one line"}
	}
	return asterisk.Secret(line), nil
}

// capturedCase reads a REGISTER that somebody captured.
func (a *app) capturedCase(ctx context.Context, look *look, o explainOptions, name string) (explain.Case, error) {
	from := a.stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return explain.Case{}, &usageError{text: err.Error()}
		}
		defer f.Close()
		from = f
	}
	text, err := io.ReadAll(io.LimitReader(from, maxPaste))
	if err != nil {
		return explain.Case{}, fmt.Errorf("reading the REGISTER: %w", err)
	}
	captured, err := explain.Paste(text)
	if err != nil {
		return explain.Case{}, &usageError{text: err.Error()}
	}
	source, transport, told := captured.Source, captured.Transport, "the capture says so"
	if via, over, ok := sip.SourceOf(captured.Message); !source.IsValid() && ok {
		source, told = via, "its Via says so; --source gives another"
		if transport == "" {
			transport = over
		}
	}
	switch {
	case o.source != "":
		source, err = parseSource(o.source)
		told = ""
	case !source.IsValid():
		source, told = assumedSource, "assumed; --source gives another"
	}
	if err != nil {
		return explain.Case{}, err
	}
	if o.transport != "" {
		transport = o.transport
	}
	came, err := look.arrive(ctx, transport, source, told)
	if err != nil {
		return explain.Case{}, err
	}
	domain := came.domain
	if o.domain != "" {
		domain = o.domain
	}
	request, refusal := sip.ReadRegister(captured.Message, sip.Reading{Way: came.way, Domain: domain,
		MaxMessage: int(look.config.SIP.MaxMessageSize), MaxHeaders: look.config.SIP.MaxHeaders, MaxContacts: look.config.SIP.MaxContacts})
	if came.banned != nil {
		refusal = came.banned // who is banned is not read
	}
	return explain.Case{Request: request, Refusal: refusal, Listener: came.steps}, nil
}

// terminal is what stdout is.
func (a *app) terminal() explain.Terminal {
	f, ok := a.stdout.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return explain.Terminal{}
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		width = 0
	}
	return explain.Terminal{Width: width, Colours: !noColor(a.environ)}
}
