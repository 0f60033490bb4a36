// Package files keeps the photos that records name, by the SHA-256 of their
// bytes.
//
// # An upload
//
// [Files.Create] promises a size and a hash. [Files.Append] stores bytes in
// pieces, each by one atomic insert under the upload's id and the offset at
// which it begins; there is no other note of how far an upload has come, so that
// a crash or another server changes nothing. When the last byte is there, the
// bytes are checked, and one insert of the file under its hash is
// the commit point: it names the pieces where they lie. An upload that is not
// complete after [UploadLife] is dropped.
//
// # Who may see a file
//
// A file has no owner. A person may see it who may see a record that names it,
// or who uploaded it within [OrphanLife]: see [Files.Seen]. To everybody else it
// does not exist. A person who sends what is there already sends it whole,
// unless they may see it: they do not learn whether a file exists.
//
// # The end of a file
//
// A file that no record names for [OrphanLife] is dropped by [Files.Clean]. An
// erasure notes every file that the erased values named before it takes the
// values out of the ledger ([Files.Erasing]), and destroys those that no other
// record names when the lists no longer show them ([Files.Sweep]). Both go
// through the table of deletions, which names the pieces until they are gone,
// and so can be cut off anywhere and resumed.
package files
