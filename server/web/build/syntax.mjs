// Reads built scripts: to rewrite what they import, and to find what old phones cannot read.
import * as acorn from 'acorn'

export const parse = (code, sourceType = 'module') => acorn.parse(code, { ecmaVersion: 2022, sourceType })

export function walk (node, visit) {
  if (Array.isArray(node)) { for (const one of node) walk(one, visit); return }
  if (typeof node?.type !== 'string') return
  visit(node)
  for (const key in node) if (typeof node[key] === 'object') walk(node[key], visit)
}

/** The first thing in a script that Chrome 90 reads wrongly or not at all. Of ES2022 it lacks these, and has the rest. */
export function newerThanChrome90 (code, sourceType) {
  let found
  walk(parse(code, sourceType), node => {
    const what =
      node.type === 'StaticBlock' ? 'a static block'
        : node.type === 'BinaryExpression' && node.left.type === 'PrivateIdentifier' ? 'a check for a private field'
          : node.type === 'PropertyDefinition' && node.static && ['name', 'length'].includes(node.key.name) ? 'a static field that is named as one of each function'
            : node.type === 'ChainExpression' && spreads(node) ? 'spread arguments behind ?.'
              : node.type === 'Literal' && /[dv]/.test(node.regex?.flags ?? '') ? 'a flag of a pattern' : undefined
    if (what) found ??= `${what}: ${code.slice(node.start, node.start + 80)}`
  })
  return found
}

function spreads (chain) {
  let at = chain.expression
  while (at && !(at.type === 'CallExpression' && at.arguments.some(a => a.type === 'SpreadElement'))) at = at.callee ?? at.object
  return at !== undefined
}
