package rules

import (
	"net/netip"
	"strconv"
	"strings"

	"registrard/asterisk"
)

// rewrite puts the packet's source in place of the Contact's host and port:
// always on a WebSocket, whose Contact names nothing that can be reached
// (res_pjsip_transport_websocket.c), else when ps_endpoints.rewrite_contact
// says so (res_pjsip_nat.c). The transport parameter becomes that of the
// connection: none for UDP, ws for WebSocket, TCP and TLS in Asterisk's
// upper case.
//
// Asterisk rewrites the first Contact of a request only; here every one is, so
// that a contact has the same stored URI wherever in a request it stands.
//
// False says that u is as it was. Its parameters are its own in any case.
func rewrite(u *URI, way *asterisk.Way, rewriteContact bool) bool {
	before := len(u.Params)
	u.Params = without(u.Params, isXAst) // a slice of its own: the Ask's stays whole
	webSocket := way.Transport == "ws" || way.Transport == "wss"
	if !webSocket && !rewriteContact || !way.Source.IsValid() {
		return len(u.Params) != before
	}
	source := way.Source.Addr().Unmap().WithZone("").String()
	if webSocket || !strings.EqualFold(u.Host, source) && !sameHost(u.Host, source) {
		u.Params = append(u.Params, Param{
			Name: originalHost,
			// ":0" for no port is Asterisk's spelling, and it needs the colon
			// to restore the phone's own Contact.
			Value:    u.Host + ":" + strconv.Itoa(u.Port),
			HasValue: true,
		})
	}
	u.Host, u.Port = source, int(way.Source.Port())
	transport := ""
	switch way.Transport {
	case "ws":
		transport = "ws"
		if rewriteContact {
			transport = "WS"
		}
	case "wss":
		transport = "ws"
	case "tcp", "tls":
		transport = strings.ToUpper(way.Transport)
	}
	u.Params = withTransport(u.Params, transport)
	return true
}

// isXAst says that a parameter's name is one of Asterisk's own, which a phone
// must not send (Asterisk's pjsip_message_filter.c): it would be taken for it.
func isXAst(name string) bool {
	const prefix = "x-ast-"
	return len(name) >= len(prefix) && strings.EqualFold(name[:len(prefix)], prefix)
}

func withTransport(params []Param, transport string) []Param {
	kept := params[:0]
	for _, p := range params {
		if !strings.EqualFold(p.Name, "transport") {
			kept = append(kept, p)
		}
	}
	if transport != "" {
		kept = append(kept, Param{Name: "transport", Value: transport, HasValue: true})
	}
	return kept
}

// hangsOn says that a contact can be reached by its connection only, and ends
// with it: it names the connection's source, or was rewritten to it, or nothing
// that could be connected to (a WebSocket, .invalid). One that names a listener
// of the phone's is called there, whatever becomes of the connection.
func hangsOn(u *URI, way *asterisk.Way) bool {
	if !way.Stream() {
		return false
	}
	if way.Transport == "ws" || way.Transport == "wss" || strings.HasSuffix(strings.ToLower(u.Host), ".invalid") {
		return true
	}
	port := u.Port
	if port == 0 { // RFC 3261 19.1.2
		port = 5060
		if transport, _ := u.Param("transport"); u.Scheme == "sips" || strings.EqualFold(transport, "tls") {
			port = 5061
		}
	}
	if port != int(way.Source.Port()) {
		return false
	}
	addr, err := netip.ParseAddr(u.Host)
	return err == nil && addr.Unmap() == way.Source.Addr().Unmap().WithZone("")
}
