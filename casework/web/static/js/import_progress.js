// The page of an import under way: asks how far it is, and opens the result when it is there.
"use strict";
const wait = document.querySelector("[data-progress]");
const bar = wait.querySelector("progress");
const told = wait.querySelector("[data-told]");
let failures = 0;

async function look() {
  try {
    const answer = await fetch(wait.dataset.progress, { headers: { Accept: "application/json" } });
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    const run = await answer.json();
    failures = 0;
    if (!run.under_way || run.state !== wait.dataset.state) {
      window.location.reload();
      return;
    }
    bar.max = run.total || 1;
    bar.value = run.done;
    told.textContent = run.total ? `已处理 ${run.done} 行，共 ${run.total} 行` : "正在读取文件…";
  } catch {
    failures += 1;
    told.textContent = "暂时连不上服务器，正在重试；工作没有停。";
    if (failures > 30) {
      window.location.reload();
      return;
    }
  }
  setTimeout(look, 700);
}

setTimeout(look, 700);
