package migrations_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"registrard/asterisk"
	"registrard/asterisk/by"
	"registrard/store/storetest"
)

// pieces are what random values of a column are put together from: what is
// right, what is nearly, and what people paste.
var (
	noise    = []string{" ", "\t", "\n", ",", ";", "^3B", "^5E", "^2C", "^41", "^C3^A4", "^00", "^", "\"", "\\", "'", "ä", "€", "x", "A", "0", ":", "@", "/", "!", "[", "]"}
	names    = []string{"a", "b", "A", "c", "a b", "6001", "6001@h", "ä"}
	words    = append(by.IP.Words(), "transport", "Username", "IP", "user", "name", "ip ")
	booleans = []string{"yes", "no", "TRUE", "off", "1", "0", "y", "F", "t", "n", "maybe", "2", "on"}
	octets   = []string{"192.0.2.1", "10.0.0.0", "0.0.0.0", "256.0.0.1", "192.0.2", "1.2.3.04", "::1", "2001:db8::", "::ffff:192.0.2.1", "::ffff:0:0", "fe80::1%eth0", "1::2::3", "::"}
	networks = append([]string{"/24", "/32", "/33", "/0", "/128", "/129", "/95", "/255.255.255.0", "/255.0.255.0", "/ffff::", "/x", "/", "/024", "!", "[", "]", ":5060", ":0", ":65536", ":05060", ":x", "h.example", "a_b.", "-x", "1.example", "x.1", ","}, octets...)
	patterns = []string{"/", "/", "X-Id:", "a", "b", "-", "(", ")", "[", "]", "[^", "[a-z]", "[z-a]", "[[:digit:]]", "[[.", "{2}", "{2,1}", "{1001}", "{,5}", "*", "+", "?", "|", "^", "$", ".", `\d`, `\`, `\<`, `\1`, `\Q`, `\E`, `\x41`, `\x{41}`, `\pL`, "(?i)", "(?:", "(?=", "(?P<n>", "(?P<n", "ä", "sip:a@b"}
	digests  = []string{"MD5", "md5", "SHA-256", "sha-256", "SHA-512-256", "SHA-1", ":", ",", " ", hex32, hex64, "zz"}
	uris     = []string{"sip:", "SIPS:", "sip", "tel:1", "a@192.0.2.1", ",", "^3Btransport=tcp"}
	ints     = []int{-2147483648, -1, 0, 1, 30, 59, 60, 61, 3600, 7200, 7201, 86400, 86401, 2147483647}
	floats   = []float64{-1, 0, 3, 86400, 86400.5, 1e300}
)

// put is a text of some of these pieces and, at times, of noise. Escapes of bytes
// that are no text are left out: nodes read them, and SQL can't say them.
func put(pieces []string) *rapid.Generator[any] {
	piece := rapid.OneOf(rapid.SampledFrom(pieces), rapid.SampledFrom(pieces), rapid.SampledFrom(pieces), rapid.SampledFrom(noise))
	return rapid.Custom(func(t *rapid.T) any {
		if rapid.IntRange(0, 5).Draw(t, "null") == 0 {
			return nil
		}
		return strings.Join(rapid.SliceOfN(piece, 0, 6).Draw(t, "pieces"), "")
	}).Filter(func(v any) bool { s, _ := v.(string); return utf8.ValidString(asterisk.Unescape(s)) })
}

func oneOf[T any](values []T) *rapid.Generator[any] {
	return rapid.OneOf(rapid.Just[any](nil), rapid.Map(rapid.SampledFrom(values), func(v T) any { return v }))
}

// randomColumns are the columns that problems are told of.
var randomColumns = map[string]map[string]*rapid.Generator[any]{
	"ps_endpoints": {"aors": put(names), "auth": put(names), "identify_by": put(words), "force_rport": put(booleans), "rewrite_contact": put(booleans),
		"deny": put(networks), "permit": put(networks), "acl": put(names), "contact_deny": put(networks), "contact_permit": put(octets), "contact_acl": put(names)},
	"ps_aors": {"contact": put(uris), "default_expiration": oneOf(ints), "minimum_expiration": oneOf(ints), "maximum_expiration": oneOf(ints), "max_contacts": oneOf(ints),
		"qualify_frequency": oneOf(ints), "qualify_timeout": oneOf(floats), "remove_existing": put(booleans), "remove_unavailable": put(booleans), "support_path": put(booleans),
		"authenticate_qualify": put(booleans), "qualify_2xx_only": put(booleans)},
	"ps_auths": {"auth_type": put([]string{"md5", "userpass", "MD5", "google_oauth"}), "username": put(names), "realm": put(names), "password": put(names), "md5_cred": put(digests),
		"password_digest": put(digests), "supported_algorithms_uas": put(digests), "nonce_lifetime": oneOf(ints)},
	"ps_endpoint_id_ips": {"endpoint": put(names), "match": put(networks), "srv_lookups": put(booleans), "match_header": put(patterns), "match_request_uri": put(patterns)},
	"ps_globals": {"endpoint_identifier_order": put(append([]string{",", ","}, words...)), "default_realm": put(names), "default_auth_algorithms_uas": put(digests),
		"disable_multi_domain": put(booleans), "ignore_uri_user_options": put(booleans)},
	"ps_domain_aliases": {"domain": put(names)},
}

// TestProvisioningProblems_of_random_rows: what the view says again of what
// package asterisk decodes is the same for whatever stands in the rows.
func TestProvisioningProblems_of_random_rows(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	// Whatever the enums and lengths of this revision.
	exec(t, db.Pool, `DO $$ DECLARE c record; BEGIN
		FOR c IN SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema() AND column_name <> 'id'
			AND table_name IN ('ps_endpoints', 'ps_aors', 'ps_auths', 'ps_endpoint_id_ips', 'ps_globals', 'ps_domain_aliases') AND data_type IN ('character varying', 'USER-DEFINED')
		LOOP EXECUTE format('ALTER TABLE %I ALTER COLUMN %I TYPE text', c.table_name, c.column_name); END LOOP; END $$`)
	rapid.Check(t, func(rt *rapid.T) {
		rows := map[string][]map[string]any{}
		for _, table := range slices.Sorted(maps.Keys(randomColumns)) {
			columns := randomColumns[table]
			ids := rapid.SliceOfNDistinct(rapid.OneOf(rapid.SampledFrom(names), rapid.SampledFrom([]string{" a", "a^3Bb", "a;@b", "a^5E", strings.Repeat("x", 40)})), 0, 3, rapid.ID).Draw(rt, table)
			for _, id := range ids {
				row := map[string]any{"id": id}
				for _, column := range slices.Sorted(maps.Keys(columns)) {
					row[column] = columns[column].Draw(rt, column)
				}
				rows[table] = append(rows[table], row)
			}
		}
		exec(t, db.Pool, emptied)
		for table, list := range rows {
			text, err := json.Marshal(list)
			if err != nil {
				t.Fatal(err)
			}
			exec(t, db.Pool, fmt.Sprintf(`INSERT INTO %[1]s SELECT * FROM jsonb_populate_recordset(NULL::%[1]s, $1)`, table), string(text))
		}
		if diff := disagreement(t, db.Pool); diff != "" {
			text, _ := json.Marshal(rows)
			rt.Errorf("(-decoder +view)\n%s\n%s", diff, text)
		}
	})
}
