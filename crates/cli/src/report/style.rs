//! How a report looks: light and dark, wide and narrow.

/// Below this width, in CSS pixels, a figure shows its narrow form.
pub(super) const NARROW_BELOW: u32 = 720;

/// The style sheet of a page.
pub(super) fn css() -> String {
    let wide = NARROW_BELOW;
    let narrow = NARROW_BELOW - 1;
    // Four side by side where there is room: what stands there is always in its narrow form.
    format!(
        "{BASE}\n@media (max-width:{narrow}px){{.wide{{display:none}}.pair{{grid-template-columns:1fr}}}}\n\
         @media (min-width:{wide}px){{figure>.narrow{{display:none}}.pair figure>.narrow{{display:block}}\
         .pair figure>.wide{{display:none}}}}\n\
         @media (prefers-color-scheme:dark){{:root{{{DARK}}}\n{}}}",
        plot::dark_style("figure")
    )
}

const DARK: &str = "--ground:#0f1114;--card:#16191d;--ink:#e8e8e8;--soft:#aeb4bc;--edge:#30353c;--link:#7db8ff;\
                    --better:#5ab0ff;--worse:#f09a3a";

const BASE: &str = ":root{color-scheme:light dark;--ground:#fff;--card:#fff;--ink:#222;--soft:#5a5a5a;--edge:#ddd;\
--link:#0b57a4;--better:#125394;--worse:#8f4706}
*{box-sizing:border-box}
body{font:17px/1.55 system-ui,sans-serif;color:var(--ink);background:var(--ground);margin:0}
main,.first{max-width:62rem;margin:0 auto;padding:0 1rem}
.first{min-height:100vh;min-height:100svh;display:flex;flex-direction:column;justify-content:center;padding-block:1rem}
.first h1{margin:0;font-size:clamp(1.5rem,5vw,2.4rem);line-height:1.2}
.first p{margin:.6rem 0 0;font-size:1.15rem;max-width:40rem}
.first figure{margin:1rem 0 0;border:0;padding:0;background:none}
h2{margin:3.5rem 0 .5rem;font-size:1.45rem;line-height:1.25}
section p,section li{max-width:44rem}
a{color:var(--link)}
figure{margin:1.4rem 0;border:1px solid var(--edge);border-radius:8px;padding:.5rem;background:var(--card)}
figure svg{display:block;width:100%;height:auto}
figcaption{font-size:.86rem;color:var(--soft);padding:.4rem .3rem .1rem}
figcaption p{margin:0 0 .3rem;color:var(--ink)}
code{font:.84rem/1.5 ui-monospace,monospace;overflow-wrap:anywhere}
details{display:inline-block;vertical-align:top}
summary{cursor:pointer}
figcaption code,footer code{display:block;color:var(--soft)}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(17rem,1fr));gap:1rem}
.pair figure{margin:0}
nav ul{columns:2;column-gap:2rem;padding-left:1.2rem}
nav li{break-inside:avoid}
.scroll{overflow-x:auto;margin:1rem 0}
table{border-collapse:collapse;font-size:.86rem;font-variant-numeric:tabular-nums}
caption{text-align:left;font-weight:600;padding:.4rem 0}
th,td{padding:.2rem .7rem .2rem 0;text-align:right;border-bottom:1px solid var(--edge);white-space:nowrap}
th:first-child,td:first-child{text-align:left}
footer{color:var(--soft);font-size:.86rem;margin:4rem 0 2rem}
@media (max-width:480px){nav ul{columns:1}}";
