package rules

import (
	"slices"

	"registrard/asterisk"
	"registrard/reason"
)

// pathTag is the option tag of RFC 3327, the one extension of registration
// that registrard has; it has it where ps_aors.support_path says so.
const pathTag = "path"

// checkRequire is RFC 3261 10.3 step 2 (8.2.2.3): every tag of Require must be
// known. outbound (RFC 5626) and gruu (RFC 5627) are not, though instance and
// reg-id are read.
func checkRequire(a *Ask) *reason.Refusal {
	var unknown []string
	for _, tag := range a.Require {
		if tag != pathTag && !slices.Contains(unknown, tag) {
			unknown = append(unknown, tag)
		}
	}
	if unknown == nil {
		return nil
	}
	r := reason.Because(reason.UnsupportedExtension, "Require: "+show(unknown[0]))
	r.Unsupported = unknown
	return r
}

// checkPath is RFC 3327 5.3. Where the AOR has support_path, a Path from a
// phone that doesn't say Supported: path is refused, so that the phone learns
// that a proxy put itself into its way. Where it has not, a Path is ignored,
// malformed or not, but a phone that requires it is told.
func checkPath(a *Ask, aor *asterisk.AOR) *reason.Refusal {
	requires := slices.Contains(a.Require, pathTag)
	var detail string
	switch {
	case aor.SupportPath && a.PathFault != nil:
		return a.PathFault
	case !aor.SupportPath && requires:
		detail = "the request requires path, but ps_aors.support_path of " + show(aor.ID) + " is off"
	case aor.SupportPath && len(a.Path) > 0 && !requires && !slices.Contains(a.Supported, pathTag):
		detail = "the request has a Path header, but no Supported: path"
	default:
		return nil
	}
	r := reason.Because(reason.PathNotSupported, detail)
	r.Unsupported = []string{pathTag}
	return r
}
