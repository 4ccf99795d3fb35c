import { shortPath } from './text.js'
import type { NodeView, OptionView, Place } from './view.js'

const escapeHtml = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')

const style = `
:root { color-scheme: light dark; --line: #8894a5; --paper: #fff; --ink: #1c2430; --soft: #5d6b7e;
  --filter: #e3edf9; --app: #e0f1de; --composite: #fdf3d6; --broken: #fbdedb; --box: #c5cedb }
@media (prefers-color-scheme: dark) { :root { --paper: #14181f; --ink: #e4e9f0; --soft: #9aa7b8;
  --filter: #1d2f47; --app: #1e3a22; --composite: #423815; --broken: #4d1f1b; --box: #38445a } }
* { box-sizing: border-box }
body { margin: 2rem; background: var(--paper); color: var(--ink); font: 14px/1.45 system-ui, sans-serif }
h1 { font-size: 1.3rem; margin: 0 0 .2rem } p.lead { margin: 0 0 1.5rem; color: var(--soft) }
code, .place, .opt { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: 12px }
.place { color: var(--soft) }
.box { border: 1px solid var(--box); border-radius: 7px; padding: .4rem .6rem; min-width: 9rem; max-width: 22rem }
.box b { display: block; overflow-wrap: anywhere } .filter { background: var(--filter) }
.app, .server { background: var(--app) } .composite { background: var(--composite) } .broken { background: var(--broken) }
.opt { margin: .15rem 0 0; overflow-wrap: anywhere } .opt .over { color: var(--soft); text-decoration: line-through }
details { margin-top: .2rem } summary { cursor: pointer; color: var(--soft); font-size: 12px } .warn { color: #b35900; font-size: 12px }
.chain { display: flex; flex-wrap: wrap; align-items: flex-start; gap: .5rem 0 }
.chain > .link { display: flex; align-items: center } .arrow { color: var(--line); padding: 0 .35rem }
.pipeline { border: 1px dashed var(--line); border-radius: 9px; padding: .5rem .7rem .7rem }
.pipeline > .title { margin-bottom: .4rem; font-weight: 600 }
.mounts { margin: 0 0 0 1.2rem; padding: 0; list-style: none; border-left: 2px solid var(--box) }
.mounts > li { padding: .6rem 0 0 1rem; position: relative } .mounts > li::before { content: ""; position: absolute;
  left: 0; top: 1.35rem; width: .8rem; border-top: 2px solid var(--box) }
.mount { display: inline-block; margin-bottom: .25rem; padding: 0 .45rem; border-radius: 4px; background: var(--ink); color: var(--paper); font: 600 12px ui-monospace, monospace }
`

/** One page with everything in it: a picture of the pipelines, nothing fetched from anywhere. */
export const treeHtml = (root: NodeView, title: string, folder?: string): string => {
  const at = (place: Place | undefined): string =>
    place
      ? `<span class="place" title="${escapeHtml(place.file)}">${escapeHtml(`${shortPath(place.file, folder)}:${place.line}`)}</span>`
      : ''
  const option = (one: OptionView, sign = ''): string =>
    `<div class="opt" title="${escapeHtml(one.place ? `${one.place.file}:${one.place.line}` : '')}">${sign}${escapeHtml(one.name)} = ${escapeHtml(one.value)}${one.overrides.map(({ value }) => ` <span class="over">${escapeHtml(value)}</span>`).join('')}</div>`
  const inside = (node: NodeView): string => {
    const options = [
      ...node.globals.map(one => option(one, 'set ')),
      ...node.options.map(one => option(one)),
    ]
    const shown =
      options.length > 3
        ? `<details><summary>${options.length} options</summary>${options.join('')}</details>`
        : options.join('')
    const warnings = node.warnings.map(
      ({ text }) => `<div class="warn">⚠ ${escapeHtml(text)}</div>`,
    )
    const error = node.error ? `<div class="warn">${escapeHtml(node.error)}</div>` : ''
    return `${shown}${warnings.join('')}${error}`
  }
  const box = (node: NodeView): string =>
    `<div class="box ${node.kind}" title="${escapeHtml([node.factory, node.doc].filter(Boolean).join(' — '))}"><b>${escapeHtml(node.name)}</b>${at(node.place)}${inside(node)}</div>`

  const draw = (node: NodeView): string => {
    if (node.kind === 'pipeline') {
      const members = [...(node.filters ?? []), ...(node.app ? [node.app] : [])]
      const links = members.map(
        (one, index) =>
          `<div class="link">${index ? '<span class="arrow">→</span>' : ''}${draw(one)}</div>`,
      )
      return `<div class="pipeline"><div class="title">${escapeHtml(node.name)} ${at(node.place)}</div>${inside(node)}<div class="chain">${links.join('')}</div></div>`
    }
    const mounts = (node.mounts ?? []).map(
      one => `<li><span class="mount">${escapeHtml(one.mount ?? '')}</span>${draw(one)}</li>`,
    )
    return mounts.length
      ? `<div>${box(node)}<ul class="mounts">${mounts.join('')}</ul></div>`
      : box(node)
  }
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title><style>${style}</style></head>
<body><h1>${escapeHtml(title)}</h1><p class="lead">What a request passes, from left to right and from the top down. Point at a box for what makes it.</p>
${draw(root)}
</body></html>
`
}
