// Package paper writes administrative documents as officials know them: docx
// for Word, pdf, and xlsx for tables.
//
// A [Document] says what stands on the paper; how it stands there is the law's:
// Nghị định 30/2020/NĐ-CP, Annex I, element by element. A [Workbook] is a set
// of tables. Neither knows what a report is, and nothing here has a clock or
// depends on the order of a map: the same document gives the same bytes.
//
// Text may be in any normal form and contain anything: it is composed to NFC,
// and characters that only control are dropped. Word and Excel find a font for
// the rest; in a pdf, what its fonts lack becomes □.
package paper
