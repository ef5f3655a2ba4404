"use strict";
(function () {
  var status = document.getElementById("status");
  function say(text) { status.textContent = ""; setTimeout(function () { status.textContent = text; }, 30); }
  function select(node) {
    var range = document.createRange();
    range.selectNodeContents(node);
    var chosen = getSelection();
    chosen.removeAllRanges();
    chosen.addRange(range);
  }
  function byHand(node, button) {
    select(node);
    var done = false;
    try { done = document.execCommand("copy"); } catch (error) { done = false; }
    finish(button, done ? "Copied" : "Selected");
  }
  function finish(button, word) {
    button.textContent = word;
    say(word === "Copied" ? "Copied to the clipboard" : "Selected: press Ctrl-C to copy");
    setTimeout(function () { button.textContent = "Copy"; }, 2000);
  }
  document.querySelectorAll(".command").forEach(function (place) {
    var text = place.querySelector("pre");
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.setAttribute("aria-label", "Copy the command: " + text.textContent.trim().split("\n")[0]);
    button.addEventListener("click", function () {
      if (!navigator.clipboard) { byHand(text, button); return; }
      navigator.clipboard.writeText(text.textContent.trim()).then(
        function () { finish(button, "Copied"); },
        function () { byHand(text, button); }
      );
    });
    place.appendChild(button);
  });
})();
