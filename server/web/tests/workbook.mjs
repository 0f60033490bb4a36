// Reads a workbook that the desk has written.
import { inflateRawSync } from 'node:zlib'

/** The rows of a workbook's first sheet, as texts. */
export function rowsOf (bytes) {
  const part = name => {
    for (let at = bytes.indexOf('PK\x01\x02', 0, 'latin1'); at >= 0; at = bytes.indexOf('PK\x01\x02', at + 4, 'latin1')) {
      const length = bytes.readUInt16LE(at + 28)
      if (bytes.toString('utf8', at + 46, at + 46 + length) !== name) continue
      const local = bytes.readUInt32LE(at + 42)
      const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28)
      const raw = bytes.subarray(start, start + bytes.readUInt32LE(at + 20))
      return (bytes.readUInt16LE(at + 10) === 0 ? raw : inflateRawSync(raw)).toString('utf8')
    }
    return ''
  }
  const plain = xml => xml.replace(/<[^>]*>/g, '').replaceAll('&lt;', '<').replaceAll('&amp;', '&')
  const shared = [...part('xl/sharedStrings.xml').matchAll(/<si>.*?<\/si>/gs)].map(m => plain(m[0]))
  return [...part('xl/worksheets/sheet1.xml').matchAll(/<row .*?<\/row>/gs)]
    .map(row => [...row[0].matchAll(/<c [^>]*\/>|<c .*?<\/c>/gs)].map(([c]) => (/ t="s"/.test(c) ? shared[Number(plain(c))] : plain(c))))
}
