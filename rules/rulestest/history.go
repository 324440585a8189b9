package rulestest

import (
	"time"

	"pgregory.net/rapid"

	"registrard/asterisk"
)

// History draws a random AOR, random rows and a random series of requests,
// without Want: for showing that two ways of deciding agree. The choices are
// few and close together, so that requests meet each other's contacts,
// instances, Call-IDs and CSeqs; times move forward, or stand still.
func History(t *rapid.T) Case {
	uris := []string{alice, bob, carol,
		"sip:carol@chicago.com", "sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off",
		"sip:carol@CHICAGO.com", "sip:carol@chicago.com;pn-prid=1", "sip:carol@chicago.com;pn-prid=2"}
	uri := rapid.SampledFrom(uris)
	callID := rapid.SampledFrom([]string{idA, idB})
	cseq := rapid.Uint32Range(1, 6)

	a := aor(rapid.IntRange(1, 4).Draw(t, "max_contacts"))
	a.RemoveExisting = rapid.Bool().Draw(t, "remove_existing")
	a.RemoveUnavailable = rapid.Bool().Draw(t, "remove_unavailable")
	if rapid.IntRange(0, 3).Draw(t, "ps_aors.contact") == 0 {
		a.Permanent = []string{uri.Draw(t, "permanent")}
	}
	c := Case{Name: "history", AOR: a}

	seen := map[string]bool{}
	for range rapid.IntRange(0, 4).Draw(t, "rows") {
		r := row(uri.Draw(t, "row"), rapid.Int64Range(-5, 60).Draw(t, "expires"), callID.Draw(t, "call_id"), cseq.Draw(t, "cseq"))
		switch rapid.IntRange(0, 4).Draw(t, "kind of row") {
		case 0:
			asterisksOwn(&r)
		case 1:
			handMade(rapid.SampledFrom([]string{"1", "2"}).Draw(t, "id"))(&r)
		case 2:
			ofEndpoint("6009")(&r)
		case 3:
			unavailable(&r)
		}
		if !seen[r.ID] {
			seen[r.ID] = true
			c.Current = append(c.Current, r)
		}
	}
	c.Current = rows(c.Current...)

	// Half of the histories are of phones whose Contacts are rewritten.
	behindNAT := rapid.Bool().Draw(t, "rewrite_contact")

	at := int64(0)
	var last struct {
		id    string
		cseq  uint32
		asked []asked
	}
	nonces := drawNonces(t)
	for range rapid.IntRange(1, 8).Draw(t, "steps") {
		at += rapid.Int64Range(0, 20).Draw(t, "seconds")
		if len(c.Steps) > 0 && rapid.IntRange(0, 5).Draw(t, "retransmission") == 0 {
			s := c.Steps[rapid.IntRange(0, len(c.Steps)-1).Draw(t, "of")]
			s.At = time.Duration(at) * time.Second
			c.Steps = append(c.Steps, s)
			continue
		}
		id, n := callID.Draw(t, "call_id"), cseq.Draw(t, "cseq")
		s := Step{At: time.Duration(at) * time.Second}
		if rapid.IntRange(0, 9).Draw(t, "wildcard") == 0 {
			s.Change = wildcard(a, id, n)
		} else {
			list := drawAsked(t, uri)
			if last.asked != nil && rapid.IntRange(0, 2).Draw(t, "again") == 0 {
				// As phones do: the same once more, under the next CSeq.
				id, n, list = last.id, last.cseq+1, last.asked
			}
			last.id, last.cseq, last.asked = id, n, list
			s.Change = register(a, id, n, list...)
			if behindNAT && len(list) > 0 {
				s.Change = from(rapid.SampledFrom([]string{sourceA, sourceB, sourceC}).Draw(t, "source"), "udp", a, id, n, list...)
			}
		}
		s.Change = under(rapid.SampledFrom(nonces).Draw(t, "nonce"), rapid.Uint32Range(0, 3).Draw(t, "nc"), s.Change)
		c.Steps = append(c.Steps, s)
	}
	return c
}

// drawNonces draws a few nonces, the first of which is none: a request under it
// has no credentials.
func drawNonces(t *rapid.T) []nonce {
	list := []nonce{{}, {}}
	for id := range uint64(3) {
		list = append(list, nonce{id: id + 1, at: rapid.Int64Range(-10, 60).Draw(t, "nonce made")})
	}
	return list
}

// drawAsked draws the Contacts of a request, mostly one, no two of them the
// same: neither by their URI nor as an instance that is added twice.
func drawAsked(t *rapid.T, uri *rapid.Generator[string]) []asked {
	var list []asked
	groups, instances := map[string]bool{}, map[asked]bool{}
	for range rapid.SampledFrom([]int{0, 1, 1, 1, 1, 2, 3}).Draw(t, "contacts") {
		x := asked{uri: uri.Draw(t, "contact"), seconds: rapid.SampledFrom([]int64{0, 30, 60}).Draw(t, "expires")}
		if rapid.Bool().Draw(t, "has instance") {
			x.instance = rapid.SampledFrom([]string{phoneA, phoneB}).Draw(t, "instance")
			x.regID = rapid.IntRange(0, 1).Draw(t, "reg-id")
		}
		group := asterisk.ContactID("", x.uri)
		if len(x.uri) > 20 && x.uri[:10] == "sip:carol@" && x.uri != carol {
			group = "carol" // these are the same to each other, but for on and off
		}
		instance := asked{instance: x.instance, regID: x.regID}
		if groups[group] || x.seconds > 0 && x.instance != "" && instances[instance] {
			continue
		}
		groups[group] = true
		if x.seconds > 0 && x.instance != "" {
			instances[instance] = true
		}
		list = append(list, x)
	}
	return list
}
