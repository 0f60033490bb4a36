// Package pdf writes tagged pdf files: PDF 1.7 that claims PDF/A-2a
// (ISO 19005-2), the form of a file that is to be kept.
//
// A [Writer] takes pages of texts and lines, and for each the [Element] of the
// document's structure to which it belongs. It knows nothing of layout: who
// calls it says where things stand. Fonts are embedded with the glyphs that
// were shown. Nothing here has a clock or depends on the order of a map: the
// same calls give the same bytes.
//
// Objects that readers of an earlier kind look for (catalog, pages, fonts,
// metadata) stand in the file as they are; the elements of the structure, of
// which a long table has tens of thousands, stand in compressed object streams.
package pdf
