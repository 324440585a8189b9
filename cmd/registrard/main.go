// Command registrard is a SIP registrar whose state is PostgreSQL.
//
// This folder knows flags, signals and exit statuses, one file a subcommand.
// What a subcommand does stands in the other rooms; node.go puts them together.
package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"registrard/config"
)

// Exit statuses; scripts depend on them.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2 // flags, configuration
)

func main() {
	os.Exit(profiled(os.Args[1:], func() int {
		return run(os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr)
	}))
}

// app is what a subcommand may know of the world outside.
type app struct {
	environ        []string
	stdin          io.Reader
	stdout, stderr io.Writer
	sink           *logSink // of a node; nil for all else
}

// run is the whole program: results to stdout, all else to stderr, and the exit
// status.
func run(args, environ []string, stdin io.Reader, stdout, stderr io.Writer) int {
	a := &app{environ: environ, stdin: stdin, stdout: stdout, stderr: stderr}
	root := a.root()
	root.SetArgs(args)
	defer func() { a.sink.close() }()
	cmd, err := root.ExecuteC()
	if err == nil {
		return exitDone
	}
	var mistakes *mistakesError
	var usage *usageError
	switch {
	case errors.Is(err, errRefused):
		return exitFailed // told already, as the result
	case errors.As(err, &mistakes):
		fmt.Fprintln(a.stderr, mistakes.Error())
		return exitUsage
	case errors.As(err, &usage):
		fmt.Fprintf(a.stderr, "registrard: %s\n", usage.text)
		fmt.Fprintf(a.stderr, "See '%s --help'.\n", cmp.Or(usage.see, cmd.CommandPath()))
		return exitUsage
	}
	fmt.Fprintf(a.stderr, "registrard: %s\n", err)
	return exitFailed
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "registrard",
		Short: "A SIP registrar whose state is PostgreSQL",
		Long: `registrard is a SIP registrar: phones register with it, and both who may
register and who is registered are rows in PostgreSQL, in Asterisk's realtime
tables. Any number of nodes run over one database.

Configuration comes from flags, REGISTRARD_ variables and a YAML file, in this
order; 'registrard config show' tells what is in force.

Exit status: 0 done, 1 failed, 2 used wrongly (flags, configuration).`,
		Example: `  registrard dev                                   try it: a private PostgreSQL, demo extensions
  registrard migrate up                            bring the database to what this version needs
  REGISTRARD_DATABASE_URL=postgres://… registrard serve`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{text: err.Error()} })
	root.AddCommand(a.config(), a.contact(), a.dev(), a.doctor(), a.endpoint(), a.explain(), a.loadCommand(), a.migrate(), a.ready(), a.serve(), a.show(), a.trace(), a.version(), a.why())
	root.SetHelpCommand(a.help())
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	strict(root)
	return root
}

// usageError is a wrong use of the command line. see is the command whose help
// tells more; empty for the one that was called.
type usageError struct{ text, see string }

func (e *usageError) Error() string { return e.text }

// strict makes every wrong use an error. On its own, cobra answers an unknown
// subcommand of a group, and a group without subcommand, with help and status 0.
func strict(cmd *cobra.Command) {
	if cmd.HasSubCommands() {
		cmd.Args = cobra.ArbitraryArgs
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			cmd.SetOut(cmd.ErrOrStderr())
			if err := cmd.Help(); err != nil {
				return err
			}
			return &usageError{text: "which of these commands?"}
		}
		for _, sub := range cmd.Commands() {
			strict(sub)
		}
		return
	}
	check := cmd.Args
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if check == nil {
			check = cobra.NoArgs
		}
		err := check(cmd, args)
		if err == nil {
			return nil
		}
		if len(args) > 0 {
			return &usageError{text: fmt.Sprintf("%s: unexpected argument %q", cmd.CommandPath(), args[len(args)-1])}
		}
		return &usageError{text: err.Error()}
	}
}

func unknownCommand(cmd *cobra.Command, name string) error {
	text := fmt.Sprintf("%s has no command %q", cmd.CommandPath(), name)
	if cmd.SuggestionsMinimumDistance <= 0 {
		cmd.SuggestionsMinimumDistance = 2
	}
	if near := cmd.SuggestionsFor(name); len(near) > 0 {
		text += "; did you mean " + strings.Join(near, " or ") + "?"
	}
	return &usageError{text: text, see: cmd.CommandPath()}
}

// help replaces cobra's own, which exits 0 for a command that doesn't exist.
func (a *app) help() *cobra.Command {
	return &cobra.Command{
		Use:   "help [command]",
		Short: "Help about a command",
		Args:  cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err != nil || about == nil {
				return unknownCommand(cmd.Root(), strings.Join(args, " "))
			}
			if len(rest) > 0 {
				return unknownCommand(about, rest[0])
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
	}
}

// mistakesError is a configuration that can't be used.
type mistakesError struct{ mistakes []config.Mistake }

func (e *mistakesError) Error() string {
	var b strings.Builder
	if n := len(e.mistakes); n == 1 {
		b.WriteString("registrard: the configuration has a mistake:")
	} else {
		fmt.Fprintf(&b, "registrard: the configuration has %d mistakes:", n)
	}
	for _, m := range e.mistakes {
		b.WriteString("\n  " + m.String())
	}
	return b.String()
}

// configFlags adds --config and the flags that set keys. A command that only
// needs the database takes only that one.
func configFlags(cmd *cobra.Command, keys ...string) {
	cmd.Flags().StringP("config", "c", "", "configuration `file` (YAML); also REGISTRARD_CONFIG")
	for _, f := range config.Flags() {
		if len(keys) > 0 && !slices.Contains(keys, f.Key) {
			continue
		}
		usage := "sets " + f.Key
		if f.List {
			usage += ", a list separated by commas"
		}
		if f.Secret {
			usage += "; others on this machine see a password in it: use the variable or its …_FILE"
		}
		cmd.Flags().String(f.Name, "", usage)
	}
}

// given is the flags that were given, by key, as config.Load takes them.
func given(cmd *cobra.Command) map[string]string {
	flags := map[string]string{}
	if f := cmd.Flags().Lookup("config"); f != nil && f.Changed {
		flags["config"] = f.Value.String()
	}
	for _, known := range config.Flags() {
		if f := cmd.Flags().Lookup(known.Name); f != nil && f.Changed {
			flags[known.Key] = f.Value.String()
		}
	}
	return flags
}

// load reads the configuration for a command.
func (a *app) load(cmd *cobra.Command) (config.Config, error) {
	c, mistakes := config.Load(given(cmd), a.environ)
	if len(mistakes) > 0 {
		return c, &mistakesError{mistakes}
	}
	return c, nil
}
