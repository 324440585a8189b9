package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"registrard/load"
)

type loadOptions struct {
	load.Options
	mode                    string
	ca                      string
	insecure, asJSON, quiet bool
}

func (a *app) loadCommand() *cobra.Command {
	var o loadOptions
	cmd := &cobra.Command{
		Use:   "load target…",
		Short: "Make REGISTERs for any registrar, and measure its answers",
		Long: `Register many users with a registrar, this one or another, and report rates,
answers and latencies. Targets are udp://host:port, tcp://… or tls://…; of
several, each request goes to the next one, or with --affinity each user stays
at one. Only loopback and private addresses are loaded, unless --any-target says
that the registrar's owner wants it.

A registration in mode challenge is a REGISTER, its 401, and a REGISTER with
credentials; in mode refresh it is one REGISTER with credentials under a nonce
that the user got before, its count nc one higher. (registrard accepts a nonce
for ps_auths.nonce_lifetime, 32 seconds by default; afterwards the challenge is
answered, and counted.) Every user registers once before the measurement, unless
--prime=false.

Either --outstanding registrations are under way at any time, or --rate begin a
second however long the answers take. Then the latency counts from when a
registration was to begin.

A user whose registration was answered 503 waits as long as Retry-After says.
Over UDP, requests are sent again as RFC 3261's timer E has it.

--check-dsn looks afterwards whether each user that got a 200 has a live contact
with the newest acknowledged CSeq in ps_contacts.

Exit status: 1 when nobody could register, or when what was acknowledged isn't
found.`,
		Example: `  registrard load udp://127.0.0.1:5060 --users 1000 --user-format 1%05d --password-format secret-%d
  registrard load udp://10.0.0.1 udp://10.0.0.2 --mode refresh --rate 5000 --duration 60s --json`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Targets = args
			if o.Rate > 0 && !cmd.Flags().Changed("outstanding") {
				o.Outstanding = 0
			}
			if (o.Count > 0 || o.Once) && !cmd.Flags().Changed("duration") {
				o.Duration = 0
			}
			return a.runLoad(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.mode, "mode", string(load.Challenge), "what a registration is: challenge or refresh")
	f.IntVar(&o.Users, "users", 10000, "how many users")
	f.IntVar(&o.First, "first", 0, "`number` of the first user")
	f.IntVar(&o.Stride, "stride", 1, "how far a user's number is from the next one's")
	f.BoolVar(&o.Shuffle, "shuffle", false, "let the users come in a random order instead of that of their numbers")
	f.StringVar(&o.UserFormat, "user-format", "%06d", "how a user's name is made from its number")
	f.StringVar(&o.PasswordFormat, "password-format", "", "how its password is (default: as its name)")
	f.StringVar(&o.Domain, "domain", "", "domain of the AORs (default: the first target's host)")
	f.StringVar(&o.Contact, "contact", "", "`host:port` in every Contact (default: the socket's own)")
	f.IntVar(&o.Expires, "expires", 3600, "`seconds` asked for")
	f.StringVar(&o.Algorithm, "algorithm", "MD5", "digest taken when several are offered: MD5 or SHA-256")
	f.IntVar(&o.Outstanding, "outstanding", 64, "registrations under way at a time; with --rate a bound, by default none")
	f.Float64Var(&o.Rate, "rate", 0, "registrations offered `a second`")
	f.DurationVar(&o.Duration, "duration", 10*time.Second, "how long to measure; with --count or --once by default until it is reached")
	f.IntVar(&o.Count, "count", 0, "how many registrations to begin; 0: as many as the duration has room for")
	f.BoolVar(&o.Prime, "prime", true, "register every user once before measuring")
	f.BoolVar(&o.Once, "once", false, "each user registers until it is acknowledged, and no more: phones after an\noutage (with --prime=false, and an --outstanding or --rate above what is served)")
	f.BoolVar(&o.Affinity, "affinity", false, "keep each user at one of several targets")
	f.BoolVar(&o.IgnoreRetryAfter, "ignore-retry-after", false, "let users come back at once after a 503")
	f.DurationVar(&o.Timeout, "timeout", 0, "how long a request waits for its answer (default 32s, RFC 3261's timer F)")
	f.IntVar(&o.Workers, "workers", 0, "sockets, or connections to each target, and goroutines (default 1)")
	f.BoolVar(&o.AnyTarget, "any-target", false, "allow targets that are neither loopback nor private: only with their owner's consent")
	f.StringVar(&o.ca, "ca", "", "PEM `file` with the authorities that may have signed a tls target's certificate")
	f.BoolVar(&o.insecure, "insecure", false, "take any certificate")
	f.StringVar(&o.CheckDSN, "check-dsn", "", "`URL` of the database in which the acknowledged users are to be found;\nothers on this machine see a password in it: PGPASSWORD or PGPASSFILE hide it")
	f.BoolVar(&o.asJSON, "json", false, "print one JSON object")
	f.BoolVar(&o.quiet, "quiet", false, "no line a second on stderr")
	return cmd
}

func (a *app) runLoad(ctx context.Context, o loadOptions) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	o.Mode = load.Mode(o.mode)
	o.Progress = a.stderr
	if o.quiet {
		o.Progress = nil
	}
	var err error
	if o.TLS, err = clientTLS(o.ca, o.insecure); err != nil {
		return err
	}
	result, err := load.Run(ctx, o.Options)
	var mistake *load.Mistake
	if errors.As(err, &mistake) {
		return &usageError{text: "load: " + mistake.Error()}
	}
	if result == nil || err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	if o.asJSON {
		err = printJSON(a.stdout, result)
	} else {
		err = result.Print(a.stdout)
	}
	switch {
	case err != nil:
		return err
	case result.Found != nil && *result.Found < result.Acknowledged:
		return fmt.Errorf("load: %d acknowledged registrations are not in the database", result.Acknowledged-*result.Found)
	case result.Acknowledged == 0:
		return errors.New("load: no registration was acknowledged")
	}
	return nil
}

// clientTLS is what a tls target's certificate is held against.
func clientTLS(ca string, insecure bool) (*tls.Config, error) {
	c := &tls.Config{InsecureSkipVerify: insecure} // as asked for
	if ca == "" {
		return c, nil
	}
	pem, err := os.ReadFile(ca)
	if err != nil {
		return nil, fmt.Errorf("--ca: %w", err)
	}
	c.RootCAs = x509.NewCertPool()
	if !c.RootCAs.AppendCertsFromPEM(pem) {
		return nil, &usageError{text: fmt.Sprintf("--ca %q: want a file with PEM certificates", ca)}
	}
	return c, nil
}
