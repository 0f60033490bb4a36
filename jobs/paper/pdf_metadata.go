package paper

import (
	"fmt"
	"strings"
	"time"
)

// metadata is a document's XMP packet (ISO 16684-1): its title, author,
// language and day. It claims no conformance: the files are not tagged.
func metadata(d *Document) []byte {
	value := func(s string) string { return escapes.Replace(letters(clean(s))) }
	var b strings.Builder
	b.WriteString("<?xpacket begin=\"\ufeff\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n" +
		`<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">` +
		`<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">`)
	fmt.Fprintf(&b, `<dc:format>application/pdf</dc:format><dc:title><rdf:Alt><rdf:li xml:lang="x-default">%[1]s</rdf:li><rdf:li xml:lang="vi-VN">%[1]s</rdf:li></rdf:Alt></dc:title>`, value(d.Title))
	fmt.Fprintf(&b, `<dc:creator><rdf:Seq><rdf:li>%s</rdf:li></rdf:Seq></dc:creator><dc:language><rdf:Bag><rdf:li>vi-VN</rdf:li></rdf:Bag></dc:language>`, value(d.Author))
	if t, ok := d.Date.time(); ok {
		at := t.Format(time.RFC3339)
		fmt.Fprintf(&b, `<xmp:CreateDate>%[1]s</xmp:CreateDate><xmp:ModifyDate>%[1]s</xmp:ModifyDate>`, at)
	}
	b.WriteString(`</rdf:Description></rdf:RDF></x:xmpmeta>` + "\n<?xpacket end=\"r\"?>")
	return []byte(b.String())
}
