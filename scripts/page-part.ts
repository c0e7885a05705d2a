/**
 * A page whose part between `<!-- name -->` and `<!-- /name -->` is `text`; the marks stay.
 * @param where the page's file, for the message
 * @throws Error for a page that has no such part
 */
export function withPart(page: string, name: string, text: string, where: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const [start, end] = [page.indexOf(open), page.indexOf(close)]
  if (start < 0 || end < 0) throw new Error(`${where} has no ${open} .. ${close}`)
  return `${page.slice(0, start + open.length)}\n${text}\n${page.slice(end)}`
}
