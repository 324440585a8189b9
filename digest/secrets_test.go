package digest

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// TestSecretsAreNotPrinted prints everything that this room hands out, in
// every form, and looks for what must not be there.
func TestSecretsAreNotPrinted(t *testing.T) {
	t.Parallel()
	const password = "correct-horse"
	key := testKey(1, noon.Add(-time.Hour))
	v := New(Options{})
	v.SetKeys([]Key{key})
	auth := plain("a", "6001", password)
	auth.Digests[s256] = stored("a", "6001", "asterisk", password, s256).Digests[s256]
	e := endpoint(auth)
	ch := challenge(t, v, e, nil, noon)
	right := credentials(t, phone{username: "6001", password: password}.answer("REGISTER", ch))
	wrong := credentials(t, phone{username: "6001", password: "guess"}.answer("REGISTER", ch))
	proved, refusal := v.Verify("REGISTER", right, e, nil, noon)
	if refusal != nil {
		t.Fatal(refusal)
	}
	refused, why := v.Verify("REGISTER", wrong, e, nil, noon)
	stale, whyStale := v.Verify("REGISTER", right, e, nil, noon.Add(time.Hour))
	decoy, _ := v.Decoy("REGISTER", right, nil, noon, why)
	_, _, malformed := ParseAuthorization(phone{username: "6001", password: password}.answer("REGISTER", ch) + `, nc=1`)

	secrets := map[string]string{
		"the password":          password,
		"the stored digest":     auth.Digests[s256].Reveal(),
		"the key":               string(key.Secret),
		"the key in hex":        hex.EncodeToString(key.Secret),
		"the key as numbers":    strings.Trim(fmt.Sprint(key.Secret), "[]"),
		"the decoy's password":  decoyPassword,
		"the right response":    right.List[0].Response,
		"the wrong response":    wrong.List[0].Response,
		"the phone's own nonce": right.List[0].CNonce,
	}
	values := map[string]any{
		"Verifier": v, "Key": key, "keys": []Key{key}, "Credential": right.List[0], "Credentials": right, "pointer": &right,
		"proved": proved, "refused": refused, "stale": stale, "decoy": decoy, "why": why, "whyStale": whyStale,
		"malformed": malformed,
	}
	for name, value := range values {
		var printed bytes.Buffer
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&printed, verb+"\n", value)
		}
		slog.New(slog.NewTextHandler(&printed, nil)).Info("x", "value", value)
		slog.New(slog.NewJSONHandler(&printed, nil)).Info("x", "value", value)
		if name != "Verifier" {
			if b, err := json.Marshal(value); err == nil {
				printed.Write(b)
			}
		}
		for what, secret := range secrets {
			if strings.Contains(printed.String(), secret) ||
				strings.Contains(printed.String(), hex.EncodeToString([]byte(secret))) {
				t.Errorf("%s prints %s:\n%s", name, what, printed.String())
			}
		}
	}
	if malformed == nil || why == nil || whyStale == nil {
		t.Fatal("an error that should be looked at is missing")
	}
}
