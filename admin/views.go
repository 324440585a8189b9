package admin

import (
	"context"
	"encoding/json"
	"time"

	"registrard/view"
)

// Views is where lists come from: store.Views. Its errors are in words for the
// operator, and without secrets; *view.Absent says that a migration is lacking,
// *view.BadFilter that the filter can't be used.
type Views interface {
	Contacts(context.Context, view.Filter) (view.Page[view.Contact], error)
	Endpoints(context.Context, view.Filter) (view.Page[view.Endpoint], error)
	AORs(context.Context, view.Filter) (view.Page[view.AOR], error)
	Nodes(context.Context, view.Filter) (view.Page[view.Node], error)
	Failures(context.Context, view.Filter) (view.Page[view.Failure], error)
	Bans(context.Context, view.Filter) (view.Page[view.Ban], error)
	Problems(context.Context, view.Filter) (view.Page[view.Problem], error)
	Counts(context.Context) ([]view.Count, error)
}

// list is one list as it is served: on the page at path, and under /api/v1/.
type list struct {
	view.List
	path, title, placeholder string
	// asJSON reads a page as the API answers it; asGrid as people see it, with the
	// Next of the page.
	asJSON func(context.Context, view.Filter) ([]byte, error)
	asGrid func(context.Context, view.Filter) (grid, string, error)
}

// newList makes a list of a method of Views.
func newList[T any](l view.List, path, title, placeholder string, read func(context.Context, view.Filter) (view.Page[T], error), lay func(time.Time, []T) grid) *list {
	return &list{
		List: l, path: path, title: title, placeholder: placeholder,
		asJSON: func(ctx context.Context, f view.Filter) ([]byte, error) {
			p, err := read(ctx, f)
			if err != nil {
				return nil, err
			}
			if p.Items == nil {
				p.Items = []T{} // an empty list, not null
			}
			return json.Marshal(p)
		},
		asGrid: func(ctx context.Context, f view.Filter) (grid, string, error) {
			p, err := read(ctx, f)
			if err != nil {
				return grid{}, "", err
			}
			g := lay(time.Now(), p.Items)
			g.Cut = p.Cut
			return g, p.Next, nil
		},
	}
}

// lists are all of them, in the order of the page's tabs.
func lists(v Views) []*list {
	return []*list{
		newList(view.Contacts, "/", "Registrations", "AOR, contact, user agent; or an address such as 10.0.0.0/8", v.Contacts, contactsGrid),
		newList(view.Failures, "/failures", "Failures", "user, reason; or an address such as 10.0.0.0/8", v.Failures, failuresGrid),
		newList(view.Problems, "/problems", "Problems", "id, table, problem", v.Problems, problemsGrid),
		newList(view.Bans, "/bans", "Bans", "reason; or an address: is it banned?", v.Bans, bansGrid),
		newList(view.Nodes, "/nodes", "Nodes", "name, version, address", v.Nodes, nodesGrid),
		newList(view.Endpoints, "/endpoints", "Endpoints", "id, AOR, auth, context", v.Endpoints, endpointsGrid),
		newList(view.AORs, "/aors", "AORs", "id, contact", v.AORs, aorsGrid),
	}
}
