package store

import (
	"slices"
	"strings"

	"github.com/sothon/sothon/sync/form"
	"github.com/sothon/sothon/sync/ledger"
)

// Facets that do not come from a field of a form.
const (
	FacetLate         = "late"         // see [ledger.Record.Late]
	FacetStale        = "stale"        // there is an edit that the reviewer had not seen
	FacetPhotos       = "photos"       // it names photos
	FacetConfidential = "confidential" // see [form.Confidential]
	facetUnsigned     = "unsigned"     // a gift that nobody signed for
)

// FacetAuthor is the facet of the records that a person made.
func FacetAuthor(user ledger.UserID) string { return "author:" + string(user) }

// FacetReference is the facet of the records that name another one, whose unit
// ref says.
func FacetReference(ref ledger.Ref) string {
	return referencePrefix + string(ref.Unit) + "/" + ref.Record.String()
}

const referencePrefix = "ref:"

// IsReference reports whether a facet is a [FacetReference].
func IsReference(facet string) bool { return strings.HasPrefix(facet, referencePrefix) }

// FacetValue is the facet of the records in which a field has a value.
func FacetValue(field, value string) string { return field + ":" + value }

// FacetsOf lists a record's facets, each once.
func FacetsOf(unit ledger.UnitID, r *ledger.Record) []string {
	var list []string
	add := func(facet string, holds bool) {
		if holds && facet != "" && !strings.ContainsAny(facet, " \t\n") && !slices.Contains(list, facet) {
			list = append(list, facet)
		}
	}
	add(FacetLate, r.Late)
	add(FacetStale, r.Review().Stale)
	add(FacetConfidential, form.Confidential(r))
	add(facetUnsigned, r.Kind == form.KindGift && !r.Bool("signedFor"))
	if r.Created != nil {
		add(FacetAuthor(r.Created.User), r.Created.User != "")
	}
	f, ok := form.Of(r.Kind)
	if !ok {
		return list
	}
	for i := range f.Fields {
		field := &f.Fields[i]
		v, has := r.Current(field.Name)
		if !has {
			continue
		}
		switch field.Type {
		case form.TypeReference:
			ref, err := ledger.ParseRef(v)
			ref = ref.In(unit)
			add(FacetReference(ref), err == nil)
		case form.TypeChoice:
			s, _ := v.Text()
			add(FacetValue(field.Name, s), field.Filter)
		case form.TypeBoolean:
			add(FacetValue(field.Name, string(v)), field.Filter)
		case form.TypeHashes:
			add(FacetPhotos, v != "[]")
		default: // lists are not narrowed by it
		}
	}
	return list
}

// amountOf is what a record comes to in đồng: a fund entry's amount, the value
// of what a gift was, a house's sources together.
func amountOf(r *ledger.Record) int64 {
	switch r.Kind {
	case form.KindFund:
		return r.Int("amountVnd")
	case form.KindGift:
		return r.Int("valueVnd")
	case form.KindHouse:
		var sum int64
		sources, _ := r.Current("sources")
		for source := range sources.Elements() {
			v, _ := source.Get("amountVnd")
			n, _ := v.Int()
			sum += n
		}
		return sum
	default: // nothing of the other kinds has an amount
	}
	return 0
}

func quantityOf(r *ledger.Record) int64 {
	if r.Kind != form.KindGift {
		return 0
	}
	return r.Int("quantity")
}
