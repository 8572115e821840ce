// "/" goes to the search field of the page's header, as ui/search_key.rs says; not while somebody types, and not with
// another key held. Without scripts the field is reached as every other one.
const field = document.querySelector('[aria-keyshortcuts="/"]');
const typing = (target) => target.isContentEditable || target.closest?.('input, textarea, select, [role="grid"]');
addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  event.preventDefault();
  field?.focus();
  field?.select();
});
