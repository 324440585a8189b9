package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"registrard/config"
)

func (a *app) config() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Check and show the configuration",
		Long: `Check and show the configuration as a node in this environment would read it:
flags go before REGISTRARD_ variables, these before the file, that before the
defaults. Every key is described in docs/config.md.`,
	}
	cmd.AddCommand(a.configCheck(), a.configShow())
	return cmd
}

func (a *app) configCheck() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check [file]",
		Short: "Name all mistakes in the configuration",
		Long: `Name all mistakes in the configuration, with what would be right for each. A
key or variable that doesn't exist is one. Nothing is started, and the database
isn't asked.

Exit status: 0 without a mistake, 2 with any.`,
		Example: `  registrard config check registrard.yaml
  REGISTRARD_LOG_LEVEL=verbose registrard config check`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			flags := given(cmd)
			if len(args) == 1 {
				if flags["config"] != "" {
					return &usageError{text: "the file is given twice: by --config and as " + args[0]}
				}
				flags["config"] = args[0]
			}
			_, mistakes := config.Load(flags, a.environ)
			if asJSON {
				if err := printJSON(a.stdout, report(mistakes)); err != nil {
					return err
				}
			}
			if len(mistakes) > 0 {
				return &mistakesError{mistakes}
			}
			if !asJSON {
				fmt.Fprintln(a.stdout, "ok")
			}
			return nil
		},
	}
	configFlags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

// mistakeJSON is a mistake for machines.
type mistakeJSON struct {
	Key   string `json:"key"`
	Value string `json:"value,omitempty"`
	Want  string `json:"want"`
	Where string `json:"where,omitempty"`
}

type reportJSON struct {
	OK       bool          `json:"ok"`
	Mistakes []mistakeJSON `json:"mistakes"`
}

func report(mistakes []config.Mistake) reportJSON {
	r := reportJSON{OK: len(mistakes) == 0, Mistakes: []mistakeJSON{}}
	for _, m := range mistakes {
		r.Mistakes = append(r.Mistakes, mistakeJSON(m))
	}
	return r
}

func (a *app) configShow() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Print every key, its value and where it comes from",
		Long: `Print every key with the value in force and where it comes from: a flag, a
variable, a line of the file, or the default. Secrets are not shown.`,
		Example: `  registrard config show --config registrard.yaml
  registrard config show --json | jq '.[] | select(.from != "default")'`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			settings, mistakes := config.Settings(given(cmd), a.environ)
			if len(mistakes) > 0 {
				return &mistakesError{mistakes}
			}
			if asJSON {
				return printJSON(a.stdout, settings)
			}
			w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "KEY\tVALUE\tFROM")
			for _, s := range settings {
				fmt.Fprintf(w, "%s\t%s\t%s\n", s.Key, s.Value, s.From)
			}
			return w.Flush()
		},
	}
	configFlags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON list")
	return cmd
}
