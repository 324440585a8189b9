package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"registrard/doctor"
)

// doctorTime bounds all that doctor asks.
const doctorTime = 30 * time.Second

func (a *app) doctor() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Look for what stands in a node's way",
		Long: `Look at this machine and at the database as a node with the same configuration
would, and say in plain words what is well, what may hurt one day, and what is
bad, each with a remedy: ports and who has them, the database, its settings and
rights, the schema and what adopted indexes cost, LISTEN through a pooler, the
clocks, certificates and their dates, what the kernel gives, and what a load
balancer does to the addresses of phones. Nothing is changed, and a node that
runs here is not disturbed.

Exit status: 0 nothing is bad, 1 something is, 2 the configuration has mistakes.`,
		Example: `  registrard doctor --config /etc/registrard/registrard.yaml
  registrard doctor --json | jq '.findings[] | select(.level != "ok")'`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.load(cmd)
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), doctorTime)
			defer cancel()
			r := doctor.Examine(ctx, c)
			if asJSON {
				err = printJSON(a.stdout, doctorJSON{OK: r.OK(), Report: r})
			} else {
				err = r.Print(a.stdout)
			}
			if err == nil && !r.OK() {
				err = fmt.Errorf("bad findings: %d", r.Count(doctor.Bad))
			}
			return err
		},
	}
	configFlags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

// doctorJSON is a report for machines.
type doctorJSON struct {
	OK bool `json:"ok"`
	doctor.Report
}
