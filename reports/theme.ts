/** Colours and type of pages and charts, light and dark. */

const LIGHT = '--ink:#1b1e23;--soft:#5c6470;--faint:#e3e6ea;--surface:#ffffff;--page:#f6f7f8;--accent:#2f6fde;' +
  '--heat:#d5601c;--good:#1f7a43;--bad:#b3261e'
const DARK = '--ink:#e6e8eb;--soft:#9aa3ae;--faint:#2e343c;--surface:#181b20;--page:#101216;--accent:#7aa8f5;' +
  '--heat:#f0873f;--good:#62c48a;--bad:#ff8a80'

export const VARIABLES = `:root{color-scheme:light dark;${LIGHT}}@media(prefers-color-scheme:dark){:root{${DARK}}}`

const SANS = 'system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif'

/** Rules for what the charts draw; the page includes them once. */
export const CHART_STYLE = `
.chart text{font:12px ${SANS};fill:var(--ink);font-variant-numeric:tabular-nums}
.chart .soft{fill:var(--soft)}
.chart .strong{font-weight:600}
.chart .axis line,.chart .axis path{stroke:var(--faint);fill:none}
.chart .axis text{fill:var(--soft);font-size:11px}
.chart .paper{fill:var(--ink);fill-opacity:.82}
.chart .prefill{fill:var(--soft);fill-opacity:.75}
.chart .decode{fill:var(--accent)}
.chart .heat{fill:var(--heat)}
.chart .heatline{stroke:var(--heat);fill:none}
.chart .cell{stroke:var(--faint);stroke-width:1;fill:none}
.chart .chip{stroke:var(--soft);stroke-width:1;stroke-dasharray:4 3;fill:none}
.chart .node{fill:var(--surface);stroke:var(--soft);stroke-width:1}
.chart .idle{stroke:var(--faint);fill:none}
.chart .gap{stroke:var(--surface);stroke-width:1}
`.trim()

/** Everything a chart needs in a file of its own. */
export const STANDALONE_STYLE = `${VARIABLES}.chart .surface{fill:var(--surface)}${CHART_STYLE}`

export const PAGE_STYLE = `${VARIABLES}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 ${SANS}}
main{max-width:60rem;margin:0 auto;padding:2.5rem 1.25rem 4rem}
h1,h2,.claim{font-family:"Iowan Old Style","Palatino Linotype",Palatino,"Book Antiqua",Georgia,serif;font-weight:600;
line-height:1.2;text-wrap:balance}
h1{font-size:1.15rem;margin:0;overflow-wrap:anywhere}
h2{font-size:1.4rem;margin:0 0 .35rem}
h3{font-size:1rem;margin:1.6rem 0 .4rem}
p{margin:.5rem 0;max-width:44rem}
a{color:var(--accent)}
small,.soft{color:var(--soft)}
section,header{background:var(--surface);border:1px solid var(--faint);border-radius:10px;padding:1.5rem;
margin:0 0 1.1rem}
.meta{font-size:.9rem;color:var(--soft);margin:.15rem 0 0;overflow-wrap:anywhere}
.claim{font-size:clamp(1.55rem,4.6vw,2.35rem);margin:1.3rem 0 .5rem;max-width:none}
.claim b{color:var(--heat);font-weight:inherit;white-space:nowrap}
.facts{display:flex;flex-wrap:wrap;gap:1px;background:var(--faint);
border:1px solid var(--faint);border-radius:8px;overflow:hidden;margin:1.4rem 0 0}
.facts>div{flex:1 1 9.2rem;background:var(--surface);padding:.7rem .9rem}
.facts dt{font-size:.8rem;color:var(--soft)}
.facts dd{margin:0;font-size:1.2rem;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.facts dd small{font-size:.8rem;display:block}
.good{color:var(--good)}
.bad{color:var(--bad)}
figure{margin:1rem 0 0}
.scroll{overflow-x:auto;-webkit-overflow-scrolling:touch}
figure svg{display:block;width:100%;height:auto}
.phone{display:none}
table{border-collapse:collapse;width:100%;font-size:.87rem;font-variant-numeric:tabular-nums}
th,td{text-align:left;vertical-align:top;padding:.34rem .9rem .34rem 0;border-bottom:1px solid var(--faint)}
th{font-weight:600;color:var(--soft);white-space:nowrap}
td.n,th.n{text-align:right;white-space:nowrap}
td.nowrap{white-space:nowrap}
td.long{min-width:17rem}
tr.error td{color:var(--bad)}
.swatch{display:inline-block;width:.7em;height:.7em;border-radius:2px;margin-right:.5em}
blockquote{margin:.8rem 0 0;padding:.7rem 1rem;border-left:3px solid var(--accent);background:var(--page);
white-space:pre-wrap;overflow-wrap:anywhere;font-family:"Iowan Old Style",Palatino,Georgia,serif;font-size:1.08rem}
blockquote .prompt{color:var(--soft)}
details{margin-top:.9rem}
summary{cursor:pointer;color:var(--accent)}
code{font:.86em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
ul{padding-left:1.2rem;margin:.5rem 0}
.error{color:var(--bad)}
footer{font-size:.85rem;color:var(--soft);padding:0 .25rem}
@media(max-width:34rem){main{padding:1rem .6rem 3rem}section,header{padding:1.05rem .9rem}
.wide{display:none}.phone{display:block}}
@media print{body{background:none}section,header{border:0;padding:0;break-inside:avoid}}
${CHART_STYLE}`
