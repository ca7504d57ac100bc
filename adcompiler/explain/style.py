"""How the page looks, and the script that lights up what belongs together."""

STYLE = """
:root {
  color-scheme: light dark;
  --paper: #fdfdfb; --ink: #1d2227; --soft: #5d666f; --faint: #8b949c; --line: #dfe2e1;
  --wash: #f3f4f1; --lit: #fdf0c4; --accent: #0b6178; --bar: #a8431d; --dot: #2a6b3c;
  --box: #ffffff; --input: #e8f1f3; --result: #f9ebe3; --edge: #9aa3a9;
  --word: #7a3e9d; --number: #1f5fa8; --string: #3b7044; --comment: #717a82;
  --sans: "Inter", "Source Sans 3", system-ui, -apple-system, "Segoe UI", Roboto,
    "DejaVu Sans", sans-serif;
  --serif: "STIX Two Text", "Libertinus Serif", Cambria, Georgia, "DejaVu Serif", serif;
  --mono: "JetBrains Mono", "SF Mono", "Cascadia Code", Menlo, Consolas,
    "DejaVu Sans Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #16191c; --ink: #e3e6e6; --soft: #a3adb3; --faint: #79838a; --line: #2e3439;
    --wash: #1d2226; --lit: #3b3620; --accent: #6cc3d8; --bar: #f09a74; --dot: #86c795;
    --box: #1e2327; --input: #17303a; --result: #38261d; --edge: #5f6a72;
    --word: #c79be2; --number: #86b7ec; --string: #93c99d; --comment: #87919a;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 70rem; padding: 3rem 1.75rem 4rem; background: var(--paper);
  color: var(--ink); font: 15px/1.55 var(--sans); -webkit-text-size-adjust: 100%; }
header { border-bottom: 1px solid var(--line); padding-bottom: 1rem; }
h1 { margin: 0 0 1.1rem; font-size: 1.9rem; font-weight: 600; line-height: 1.2;
  letter-spacing: -.01em; }
h1 code { font-family: var(--mono); font-size: .92em; }
h1 span { color: var(--soft); font-weight: 400; font-size: .72em; letter-spacing: 0;
  overflow-wrap: anywhere; }
dl { display: flex; flex-wrap: wrap; gap: .5rem 2.6rem; margin: 0 0 1.4rem; }
dt { color: var(--soft); font-size: .82rem; }
dd { margin: 0; font-size: 1.35rem; font-variant-numeric: tabular-nums lining-nums; }
nav { display: flex; flex-wrap: wrap; gap: .2rem 1.3rem; font-size: .87rem; }
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; }
section { margin-top: 2.9rem; }
h2 { margin: 0 0 .7rem; font-size: 1.22rem; font-weight: 600; letter-spacing: -.005em; }
h3 { margin: 1.8rem 0 .5rem; font-size: .95rem; font-weight: 600; color: var(--soft); }
p { max-width: 46rem; margin: .4rem 0 1rem; }
p code { font: .92em var(--mono); }
i { font-family: var(--serif); font-size: 1.08em; padding-right: .03em; }
sub { font-size: .7em; line-height: 0; font-variant-numeric: tabular-nums; }
i.bar, i.dot { position: relative; display: inline-block; line-height: 1; }
i.bar { color: var(--bar); }
i.dot { color: var(--dot); }
i.bar::before { content: ""; position: absolute; left: .1em; right: -.04em; top: .2em;
  border-top: .07em solid currentColor; }
i.dot::before { content: ""; position: absolute; left: 52%; top: .08em; width: .15em; height: .15em;
  margin-left: -.05em; border-radius: 50%; background: currentColor; }
.scroll { overflow-x: auto; margin: 0 -.6rem; padding: 0 .6rem .3rem; }
table { border-collapse: collapse; font-size: .9rem; line-height: 1.35;
  font-variant-numeric: tabular-nums lining-nums; }
th { padding: .3rem 1.5rem .4rem 0; text-align: left; font-weight: 500; font-size: .82rem;
  color: var(--soft); white-space: nowrap; border-bottom: 1.5px solid var(--faint); }
td { padding: .34rem 1.5rem .34rem 0; border-bottom: 1px solid var(--line);
  vertical-align: baseline; white-space: nowrap; }
td:last-child { white-space: normal; }
th:first-child, td:first-child { padding-left: .6rem; }
th.n, td.n { text-align: right; }
tr[style] td:first-child { padding-left: calc(.6rem + var(--depth) * .9rem); }
tr.where td { padding-top: .55rem; color: var(--soft); font-family: var(--mono); font-size: .8rem;
  background: var(--wash); }
tbody tr { transition: background .12s; }
tr.lit td, tr:hover td { background: var(--lit); }
pre { margin: .3rem 0 0; padding: 1rem 1.2rem; overflow-x: auto; background: var(--wash);
  border-radius: 7px; font: 13px/1.6 var(--mono); tab-size: 4; }
pre code { font: inherit; }
pre b { color: var(--word); font-weight: 500; }
pre var { color: var(--number); font-style: normal; }
pre q { color: var(--string); quotes: none; }
pre q::before, pre q::after { content: none; }
pre em { color: var(--comment); font-style: normal; }
pre dfn { color: var(--accent); font-style: normal; font-weight: 600; }
figure { margin-block: .6rem 0; }
.graph { display: block; font: 13px var(--sans); }
.graph text { text-anchor: middle; fill: var(--ink); }
.graph .title { font-weight: 500; }
.graph .value { fill: var(--soft); }
.graph .bar { fill: var(--bar); }
.graph rect { fill: var(--box); stroke: var(--edge); stroke-width: 1; transition: fill .12s; }
.graph .input rect { fill: var(--input); stroke: none; }
.graph .result rect { fill: var(--result); stroke: var(--bar); }
.graph .fold rect { stroke-dasharray: 4 3; }
.graph .fold .title { fill: var(--soft); font-weight: 400; }
.graph .edge path { fill: none; stroke: var(--edge); stroke-width: 1.3; }
.graph .partial { font-size: 11px; fill: var(--soft); paint-order: stroke; stroke: var(--paper);
  stroke-width: 5px; }
.graph marker path { fill: var(--edge); }
.graph .vertex.lit rect { fill: var(--lit); stroke: var(--accent); stroke-width: 1.6; }
.graph .edge.lit path { stroke: var(--accent); stroke-width: 2; }
footer { margin-top: 4rem; padding-top: 1rem; border-top: 1px solid var(--line);
  color: var(--faint); font-size: .82rem; }
@media print { body { max-width: none; padding: 0; } nav { display: none; }
  section { break-inside: avoid-page; } }
"""

SCRIPT = """
'use strict';
const marked = Array.from(document.querySelectorAll('[data-v]'));
const edges = Array.from(document.querySelectorAll('.edge'));
const numbers = (text) => new Set((text || '').split(' ').filter(Boolean));
const meet = (a, b) => Array.from(b).some((x) => a.has(x));
function light(wanted) {
  for (const each of marked) each.classList.toggle('lit', meet(wanted, numbers(each.dataset.v)));
  for (const each of edges) {
    const ends = [numbers(each.dataset.from), numbers(each.dataset.to)];
    each.classList.toggle('lit', ends.some((end) => meet(wanted, end)));
  }
}
for (const each of marked) {
  each.addEventListener('mouseenter', () => light(numbers(each.dataset.v)));
  each.addEventListener('mouseleave', () => light(new Set()));
}
"""
