package main

import (
	"context"

	"github.com/spf13/cobra"

	"registrard/config"
	"registrard/store"
)

func (a *app) contact() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "contact",
		Short: "Remove contacts: unregister phones",
	}
	cmd.AddCommand(a.contactRemove())
	return cmd
}

func (a *app) contactRemove() *cobra.Command {
	var p provisioning
	var which store.Contacts
	cmd := &cobra.Command{
		Use:   "rm [aor] [contact]",
		Short: "Unregister the phones of an AOR or an endpoint, or one of them",
		Long: `Unregister: delete the contacts of an AOR, or the one with this URI, or those of
an endpoint. The phone isn't told; it comes back with its next REGISTER, unless
its endpoint is gone too.

Exit status: 0 done, 1 failed or nothing was registered, 2 used wrongly.`,
		Example: `  registrard contact rm 6001
  registrard contact rm 6001 'sip:6001@192.0.2.7:5060;ob'
  registrard contact rm --endpoint 6001 --dry-run`,
		Args: cobra.MaximumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			given := len(args)
			if given > 0 {
				which.AOR = args[0]
			}
			if given > 1 {
				which.URI = args[1]
			}
			ways := 0
			for _, way := range []string{which.AOR, which.Endpoint, which.ID} {
				if way != "" {
					ways++
				}
			}
			if ways != 1 || (given == 2 && which.URI == "") {
				return &usageError{text: "whose contacts? Want one of: an AOR (and a contact's URI), --endpoint, --id"}
			}
			return p.run(a, cmd, "", func(ctx context.Context, _ config.Config, db *store.Provision) ([]store.Statement, error) {
				return db.RemoveContacts(ctx, which)
			})
		},
	}
	cmd.Flags().StringVar(&which.Endpoint, "endpoint", "", "all contacts of this endpoint")
	cmd.Flags().StringVar(&which.ID, "id", "", "the contact with this ps_contacts.id, as registrard show contacts --json prints it")
	p.flags(cmd)
	return cmd
}
