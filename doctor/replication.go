package doctor

import "registrard/store"

// replication names what writes or copies the tables by replication: what it
// writes fires no statement trigger, so nothing announces it.
func replication(x *store.Examination, coherence string) []Finding {
	l := &list{area: "replication"}
	late := "are not announced: nodes find them by looking"
	if coherence == "age" {
		late = "are found, as all are, by reading anew"
	}
	for _, r := range x.Tables.Replication {
		switch r.Kind {
		case "subscription":
			l.warn("what must be in force at once is better written here", "subscription %s is there for %s: changes that it writes %s", r.Name, r.Tables, late)
		case "publication":
			l.ok("publication %s copies %s", r.Name, r.Tables)
		case "role":
			whose, alter := "all roles", "ALTER DATABASE "+x.Server.Database
			if r.Name != "all" {
				whose, alter = "role "+r.Name, "ALTER ROLE "+r.Name
			}
			l.warn(alter+" RESET session_replication_role", "session_replication_role is replica for %s, whose changes fire no trigger and %s", whose, late)
		}
	}
	return l.findings
}
