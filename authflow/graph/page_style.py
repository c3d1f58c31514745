"""How the page looks: light and dark, on paper, on a narrow screen; and its few lines of script."""

from typing import Final

STYLE: Final = """
*{box-sizing:border-box}
html{color-scheme:light dark;scroll-behavior:smooth}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,Helvetica,Arial,sans-serif}
main,header,nav{max-width:1240px;margin:0 auto;padding:0 16px}
h1{font-size:1.8rem;margin:1.2rem 0 .3rem}
h2{font-size:1.45rem;margin:2.6rem 0 .3rem;padding-top:.8rem;border-top:1px solid var(--faint-line)}
h3{font-size:1.1rem;margin:1.6rem 0 .4rem}
a{color:var(--state-line)}
a:focus-visible,input:focus-visible,.scroll:focus-visible{outline:3px solid var(--state-line);outline-offset:2px}
.skip{position:absolute;left:-999px}
.skip:focus{left:16px;top:8px;background:var(--paper);padding:4px 8px}
nav ul{display:flex;flex-wrap:wrap;gap:.3rem 1.1rem;list-style:none;padding:0;margin:.6rem 0}
.legend{display:flex;flex-wrap:wrap;gap:.4rem 1.4rem;list-style:none;padding:0;font-size:.9rem}
.legend span{display:inline-block;padding:1px 9px;margin-right:6px;border-radius:8px;border:1.4px solid}
.legend .l-state{background:var(--state);border-color:var(--state-line)}
.legend .l-group{background:var(--group);border-color:var(--group-line);border-radius:4px}
.legend .l-many{background:var(--faint);border:1px dashed var(--faint-line)}
.legend .l-taken{background:var(--mark-fill);border-color:var(--mark)}
figure{margin:.4rem 0 1rem}
.scroll{overflow-x:auto}
.scroll svg{display:block;min-width:0}
figcaption{font-size:.92rem;color:var(--soft)}
figcaption ul{margin:.3rem 0;padding-left:1.2rem}
.table{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.88rem}
caption{text-align:left;font-weight:bold;padding:.5rem 0}
th,td{border-bottom:1px solid var(--faint-line);padding:.35rem .5rem;text-align:left;vertical-align:top}
thead th{background:var(--faint)}
td ul{margin:0;padding-left:1.1rem}
code{font:.95em ui-monospace,Menlo,Consolas,monospace;overflow-wrap:break-word}
.says{color:var(--soft);font-weight:normal}
.find{margin:.6rem 0}
.find input{font:inherit;padding:.25rem .5rem;min-width:18rem;max-width:100%;color:inherit;background:var(--paper);
border:1px solid var(--line);border-radius:6px}
footer{max-width:1240px;margin:2rem auto;padding:0 16px;color:var(--soft);font-size:.9rem}
@media print{nav,.find,.skip{display:none}body{font-size:11pt}.scroll,.table{overflow:visible}
.scroll svg{max-width:100%;height:auto}figure{break-inside:avoid}tr{break-inside:avoid}thead{display:table-header-group}
h2{break-before:page}section:first-of-type h2{break-before:auto}h2,h3{break-after:avoid}
table{font-size:.72rem}}
""".strip()

# The page says everything without it; with it, the tables can be searched.
SCRIPT: Final = """
for (const box of document.querySelectorAll(".find")) {
  const field = box.querySelector("input"), count = box.querySelector("output");
  const rows = [...document.getElementById(field.dataset.table).tBodies[0].rows];
  const look = () => {
    const words = field.value.toLowerCase().split(/\\s+/);
    let shown = 0;
    for (const row of rows) {
      row.hidden = !words.every((word) => row.textContent.toLowerCase().includes(word));
      if (!row.hidden) shown += 1;
    }
    count.textContent = shown + " of " + rows.length + " rows";
  };
  box.hidden = false;
  field.addEventListener("input", look);
  look();
}
""".strip()
