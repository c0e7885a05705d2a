import { DARK, LIGHT, lookNames, lookOf, type Palette } from './colours.js'

/** Colours and type of pages, light and dark. */

const PAGE_COLOURS = ['ink', 'soft', 'faint', 'surface', 'page', 'accent', 'good', 'bad'] as const

function variables(palette: Palette): string {
  return PAGE_COLOURS.map((name) => `--${name}:${palette[name]}`).join(';')
}

/** A dark screen; paper is light whatever the screen is. */
const DARK_SCREEN = '@media screen and (prefers-color-scheme:dark)'

const VARIABLES = `:root{color-scheme:light dark;${variables(LIGHT)}}${DARK_SCREEN}{:root{${variables(DARK)}}}
@media print{:root{color-scheme:light}}`

const SANS = 'system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif'
const SERIF = '"Iowan Old Style","Palatino Linotype",Palatino,"Book Antiqua",Georgia,serif'

/** Charts carry their light colours themselves; on a dark screen their classes say what to be instead. */
function darkCharts(): string {
  const rules = lookNames().map((name) => {
    const { fill, stroke } = lookOf(name, DARK)
    const declarations = [
      ...(fill === undefined ? [] : [`fill:${fill}`]), ...(stroke === undefined ? [] : [`stroke:${stroke}`]),
    ].join(';')
    return declarations === '' ? '' : `.chart .${name}${name.startsWith('heat') ? `,#spike-slider .${name}` : ''}{${declarations}}`
  })
  return `${DARK_SCREEN}{.chart text{fill:${DARK.ink}}${rules.join('')}}`
}

/** Shades that a script sets: their colours stand in no attribute. */
function shadeRules(): string {
  return LIGHT.heat.map((colour, shade) => `#spike-slider .heat${shade}{fill:${colour}}`).join('')
}

export const PAGE_STYLE = `${VARIABLES}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 ${SANS}}
main{max-width:60rem;margin:0 auto;padding:2.5rem 1.25rem 4rem}
h1,h2,.claim{font-family:${SERIF};font-weight:600;
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
.claim b{font-weight:700;white-space:nowrap}
.lead{font-size:1.05rem;margin:.2rem 0 0}
.facts{display:flex;flex-wrap:wrap;gap:1px;background:var(--faint);
border:1px solid var(--faint);border-radius:8px;overflow:hidden;margin:1.4rem 0 0}
.facts>div{flex:1 1 8.4rem;background:var(--surface);padding:.7rem .9rem}
.facts dt{font-size:.8rem;color:var(--soft)}
.facts dd{margin:0;font-size:1.2rem;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.facts dd small{font-size:.8rem;display:block}
.good{color:var(--good)}
.bad{color:var(--bad)}
figure{margin:1rem 0 0}
.scroll{overflow-x:auto;-webkit-overflow-scrolling:touch;
background:linear-gradient(90deg,var(--surface) 30%,transparent) 0/2.5rem 100%,
linear-gradient(270deg,var(--surface) 30%,transparent) 100%/2.5rem 100%,
linear-gradient(90deg,var(--faint),transparent) 0/1rem 100%,
linear-gradient(270deg,var(--soft),transparent) 100%/.6rem 100%;background-repeat:no-repeat;
background-attachment:local,local,scroll,scroll}
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
white-space:pre-wrap;overflow-wrap:anywhere;font-family:${SERIF};font-size:1.08rem}
blockquote .prompt{color:var(--soft)}
details{margin-top:.9rem}
summary{cursor:pointer;color:var(--accent)}
#spike-slider svg{margin:0 0 .5rem}
#spike-slider label{display:flex;gap:.7rem;align-items:center;max-width:28rem}
#spike-slider input{flex:1;min-width:0}
#spike-slider output{font-variant-numeric:tabular-nums}
${shadeRules()}
@media screen{.moving figure:has(#spikes-over-time-title){display:none}}
code{font:.86em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
ul{padding-left:1.2rem;margin:.5rem 0}
.error{color:var(--bad)}
footer{font-size:.85rem;color:var(--soft);padding:0 .25rem}
@media(max-width:34rem){main{padding:1rem .6rem 3rem}section,header{padding:1.05rem .9rem}
.wide{display:none}.phone{display:block}}
@media print{
@page{margin:14mm}
body{background:none;font-size:10.5pt}
main{max-width:none;padding:0}
section,header{border:0;padding:0;margin:0 0 8mm}
h2,h3{break-after:avoid}
figure,tr,blockquote{break-inside:avoid}
.wide{display:block}.phone{display:none}
.scroll{overflow:visible;background:none}
table{font-size:7.5pt}
th,td{padding:.2rem .4rem .2rem 0;white-space:normal!important;min-width:0!important}td{overflow-wrap:anywhere}
th,td.n,td.nowrap{overflow-wrap:normal}
details::details-content{content-visibility:visible;block-size:auto}
details:not([open])>:not(summary){display:block}
#spike-slider{display:none}
summary{list-style:none;color:var(--ink);font-weight:600}
figure svg{max-width:100%!important}}
${darkCharts()}`
