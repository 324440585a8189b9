package asterisk

// Endpoint is a row of ps_endpoints with the rows that its lists name, decoded
// once and shared: nobody changes it after DecodeEndpoint.
type Endpoint struct {
	ID string
	// AORNames is ps_endpoints.aors: its order, blanks trimmed, empty items gone.
	AORNames []string
	// AORs are the ps_aors rows that exist, in the order of AORNames.
	AORs []AOR
	// AuthNames is ps_endpoints.auth, likewise. An endpoint with no AuthNames
	// is not challenged; one whose names lead to no row always fails.
	AuthNames []string
	// Auths are the ps_auths rows that exist, in the order of AuthNames.
	Auths []Auth
	// IdentifyBy is ps_endpoints.identify_by in lower case; NULL is username,ip.
	IdentifyBy []string
	// Transport is ps_endpoints.transport.
	Transport string
	// ForceRport is ps_endpoints.force_rport: answer to the source port though
	// Via has no rport. NULL is true.
	ForceRport bool
	// RewriteContact is ps_endpoints.rewrite_contact: store the packet's source
	// instead of the Contact's host and port. NULL is false.
	RewriteContact bool
	// SourceACL is deny, permit and acl; ContactACL is contact_deny,
	// contact_permit and contact_acl.
	SourceACL, ContactACL ACL
	// Problems of this row and of those it names.
	Problems []Problem
}

// AOR finds the ps_aors row of a name, nil when it does not exist.
func (e *Endpoint) AOR(name string) *AOR {
	for i := range e.AORs {
		if e.AORs[i].ID == name {
			return &e.AORs[i]
		}
	}
	return nil
}

// EndpointRow is a ps_endpoints row as the columns hold it; nil is NULL.
type EndpointRow struct {
	ID                                     string
	Transport, AORs, Auth, IdentifyBy      *string
	ForceRport, RewriteContact             *string
	Deny, Permit, ACL                      *string
	ContactDeny, ContactPermit, ContactACL *string
}
