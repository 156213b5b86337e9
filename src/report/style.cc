// The page's looks and its one script.
#include "report/sections.h"

namespace pbb {

std::string_view page_style() {
  return R"css(
:root{color-scheme:light dark;
--paper:#fcfbf8;--ink:#1c1b19;--soft:#6a665e;--line:#dedad1;--wash:#f3f0e9;
--untrained:#98938a;--in-context:#b5791a;--before:#3f6fa3;--trained:#0a7355;--other:#81519b;
--good:#0a6b4f;--good-wash:#e0f0e8;--near:#855a00;--near-wash:#f8edd2;--bad:#a8322a;--bad-wash:#f8e4e0;
--text:"Charter","Bitstream Charter","Sitka Text",Cambria,Georgia,serif;
--sans:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;
--mono:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
@media(prefers-color-scheme:dark){:root{
--paper:#171715;--ink:#e8e5de;--soft:#a29d92;--line:#3a3833;--wash:#22211e;
--untrained:#8b877e;--in-context:#d9a04a;--before:#7fa9d6;--trained:#3fbf95;--other:#bb8fd0;
--good:#62cfa6;--good-wash:#17332a;--near:#e0b257;--near-wash:#382c13;--bad:#f0938a;--bad-wash:#3d201d}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:17px/1.55 var(--text)}
main{max-width:820px;margin:0 auto;padding:56px 30px 96px}
.kicker{margin:0;font:600 13px/1.4 var(--sans);letter-spacing:.07em;text-transform:uppercase;color:var(--soft)}
h1{margin:6px 0 26px;font:600 21px/1.3 var(--sans)}
h2{margin:72px 0 14px;font:600 25px/1.25 var(--text);text-wrap:balance}
h2+figure{margin-top:6px}
h3{margin:32px 0 8px;font:600 16px/1.4 var(--sans)}
p{margin:0 0 16px;max-width:68ch}
.key{font-size:30px;line-height:1.32;letter-spacing:-.006em;margin:0 0 22px;max-width:none;text-wrap:pretty}
.key b{color:var(--trained);font-weight:700}
.soft,small,.facts,figcaption,.absent{color:var(--soft)}
.facts{font:15px/1.5 var(--sans);max-width:none}
.absent{font-style:italic}
small{font-size:.86em}
figure{margin:0 0 12px}
figcaption{font:15px/1.5 var(--sans);max-width:68ch;margin-top:10px}
.plot svg{display:block;width:100%;height:auto;font-family:var(--sans);overflow:visible}
.plot text{font-family:var(--sans);font-variant-numeric:tabular-nums}
.narrow{display:none}
.scroll{overflow-x:auto;margin:0 0 20px}
#figures .scroll,.list{--wide:max(100%,min(1000px,100vw - 60px));width:var(--wide);margin-left:calc((100% - var(--wide))/2)}
table{border-collapse:collapse;font:14px/1.35 var(--sans);font-variant-numeric:tabular-nums;white-space:nowrap;min-width:100%}
th,td{text-align:right;padding:6px 0 6px 20px;vertical-align:baseline;font-weight:400}
th:first-child,.text{text-align:left}
th:first-child{padding-left:0}
thead th{color:var(--soft);font-size:13px;border-bottom:1px solid var(--ink);vertical-align:bottom;white-space:normal}
td small{display:inline-block;min-width:4.9em;font-size:12px}
tbody tr{border-bottom:1px solid var(--line)}
.group th{padding-top:22px;font-weight:600}
.group span{display:inline-block;max-width:calc(100vw - 40px);white-space:normal;position:sticky;left:0}
.strong{font-weight:600}
.strong th,.strong td{font-weight:600}
.strong small{font-weight:400}
td.text{white-space:normal;min-width:14em}
code,pre{font-family:var(--mono);font-size:.84em}
pre{margin:0 0 14px;padding:12px 16px;background:var(--wash);border-radius:6px;overflow-x:auto;font-size:13.5px;line-height:1.5;tab-size:4}
details.more{margin:8px 0 20px;font-size:16px}
summary{cursor:pointer}
details.more>summary{font:15px/1.5 var(--sans);color:var(--soft);margin-bottom:10px}
dl{margin:0 0 18px}
.kv{display:grid;grid-template-columns:max-content 1fr;gap:4px 24px;font:15px/1.5 var(--sans)}
.kv dt{color:var(--soft)}
.kv dd{margin:0;overflow-wrap:anywhere}
#reading .kv dt{color:var(--ink);font-weight:600}
#reading .kv{gap:8px 24px;margin-bottom:20px}
#filter{font:15px/1.5 var(--sans)}
#filter input{font:inherit;color:inherit;background:transparent;border:1px solid var(--line);border-radius:6px;padding:6px 10px;width:min(24em,68vw);margin-left:6px}
output{color:var(--soft)}
.list{border-top:1px solid var(--ink);font:15px/1.45 var(--sans)}
.head,.p>summary{display:grid;grid-template-columns:minmax(0,1.25fr) minmax(0,2fr) repeat(var(--arms),minmax(0,.92fr));gap:0 14px;align-items:baseline;padding:8px 0;border-bottom:1px solid var(--line)}
.head{color:var(--soft);font-size:13px}
.head b{font-weight:400}
.p>summary{list-style:none}
.p>summary::-webkit-details-marker{display:none}
.p>summary b{font:600 14px/1.4 var(--mono);overflow-wrap:anywhere}
.p>summary b::before{content:"▸";display:inline-block;width:1.1em;color:var(--soft);font-family:var(--sans)}
.p[open]>summary b::before{content:"▾"}
.p>summary:hover{background:var(--wash)}
.p[open]>summary{border-bottom-color:transparent}
.p{content-visibility:auto;contain-intrinsic-size:auto 38px}
.k{color:var(--soft);font-size:14px}
.s{text-align:right;font-variant-numeric:tabular-nums;color:var(--soft);overflow-wrap:anywhere}
.s.all{color:var(--good);font-weight:600}
.s.some{color:var(--near)}
.in{padding:6px 0 26px 1.15em;border-bottom:1px solid var(--line)}
.in>pre{display:inline-block;min-width:min(100%,26em);max-width:100%}
h4{margin:22px 0 8px;font:600 15px/1.4 var(--sans)}
h4 code{font-size:14px;overflow-wrap:anywhere}
.in dl{display:grid;grid-template-columns:9.6em minmax(0,1fr);gap:5px 14px;margin:0 0 14px}
.in dt{color:var(--soft);font-size:14px;white-space:nowrap}
.in dd{margin:0;min-width:0;overflow-wrap:anywhere}
.in dd code{display:inline-block;max-width:100%;padding:1px 7px;margin:0 2px 3px 0;border-radius:4px;background:var(--wash);font-size:13px;white-space:pre-wrap}
code.r{background:var(--good-wash)!important;color:var(--good)}
code.n{background:var(--near-wash)!important;color:var(--near)}
code.w{background:var(--bad-wash)!important;color:var(--bad)}
p code.r,p code.n,p code.w{padding:1px 7px;border-radius:4px}
code i{font:600 12px var(--sans)}
.v{display:inline-block;width:1.2em;text-align:center;font-family:var(--sans)}
.v.correct{color:var(--good)}.v.wrong{color:var(--bad)}.v.unparsed,.v.error{color:var(--near)}
.prompt summary{font-size:13px;color:var(--soft)}
.d{font-size:14px;color:var(--soft);max-width:none;margin:0 0 8px}
.d span{margin-right:12px}
.d code{padding:1px 6px;border-radius:4px;background:var(--wash);color:var(--ink);overflow-wrap:anywhere}
.prompt{display:inline-block;margin-right:18px;vertical-align:top;max-width:100%}
.prompt pre{white-space:pre-wrap;margin:4px 0 6px}
[hidden]{display:none!important}
@media(max-width:640px){
body{font-size:16px}
main{padding:30px 18px 64px}
h2{margin-top:54px;font-size:22px}
.key{font-size:23px;line-height:1.36}
.wide{display:none}.narrow{display:block}
.head,.p>summary{grid-template-columns:repeat(var(--arms),minmax(0,1fr));gap:2px 10px}
.p>summary b,.head b{grid-column:1/-1}
.k{grid-column:1/-1;padding-left:1.15em}
.head .k{display:none}
.s{text-align:left;font-size:13px}
.p>summary .s:nth-of-type(2),.head .s:nth-of-type(2){padding-left:1.3em}
.in{padding-left:0}
.in dl{grid-template-columns:minmax(0,1fr);gap:2px}
.in dt{margin-top:6px}
.kv{gap:4px 16px}
#reading .kv{grid-template-columns:minmax(0,1fr);gap:0}
#reading .kv dd{margin-bottom:8px}}
@media print{.p{content-visibility:visible}}
)css";
}

// Shows the box (which is of no use without a script) and hides the programs that lack a word of what is
// typed. When this changes, so does page_script_hash: the page's test says to what.
std::string_view page_script() {
  return R"js(
'use strict';
const box = document.querySelector('#filter');
if (box) {
  const input = box.querySelector('input'), shown = box.querySelector('output');
  const programs = [...document.querySelectorAll('details.p')];
  const texts = programs.map(p => p.querySelector('summary').textContent.toLowerCase());
  const filter = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    programs.forEach((p, i) => {
      p.hidden = !words.every(word => texts[i].includes(word));
      count += !p.hidden;
    });
    shown.textContent = words.length ? count + ' of ' + programs.length : '';
  };
  input.addEventListener('input', filter);
  box.hidden = false;
}
)js";
}

std::string_view page_script_hash() {
  return "sha256-dEXYvLeTmkohdrSAxEUvu2m5MltlpGKBivibyTOQH60=";
}

}  // namespace pbb
