package report

// Sender is who issues the report, as a letter names it: "Ủy ban nhân dân xã Trà
// Lâm".
func (r *Content) Sender() string { return r.issuer() }

// UnitTitle is the unit with its tier: "xã Trà Lâm".
func (r *Content) UnitTitle() string { return FullName(r.UnitName, r.UnitKind, false) }

// issuer is who reports, in a sentence.
func (r *Content) issuer() string {
	return r.Template.issuer(FullName(r.UnitName, r.UnitKind, false))
}
