// Which page this is: another one each time that the widgets of one come, and each time that a page is loaded. The server is told it,
// and tells it back with what it read since.
const load = Math.random().toString(36).slice(2, 10);
let number = 1;

export const pageName = () => `${load}.${number}`;

export const leavePage = () => {
  number += 1;
};
