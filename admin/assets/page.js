// Says whether what is shown is kept up to date. All else is done by htmx.
(function () {
  'use strict';
  function say(state) { document.documentElement.dataset.live = state; }
  document.addEventListener('htmx:sseOpen', function () { say('yes'); });
  document.addEventListener('htmx:sseError', function () { say('no'); });
  document.addEventListener('htmx:responseError', function () { say('no'); });
})();
