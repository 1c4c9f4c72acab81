import { useEffect } from "react";

// What the toolbar chooses is kept in the address: a picture, a test and a person who got a link see the same.

const draw = (gallery, chosen) => {
  gallery.dir = chosen.get("dir");
  gallery.dataset.width = chosen.get("width");
  gallery.classList.toggle("light", chosen.get("theme") === "light");
  gallery.classList.toggle("dark", chosen.get("theme") === "dark");
  document.documentElement.style.fontSize = `${chosen.get("text")}%`;
  gallery.dataset.ready = "";
};

export const useToolbar = () => {
  useEffect(() => {
    const gallery = document.getElementById("gallery");
    const form = gallery.querySelector("form");
    const links = gallery.querySelectorAll("nav a");
    const follow = () => {
      const chosen = new FormData(form);
      draw(gallery, chosen);
      const search = `?${new URLSearchParams(chosen)}`;
      history.replaceState(history.state, "", search + location.hash);
      for (const link of links) link.search = search;
    };
    for (const [name, value] of new URLSearchParams(location.search)) {
      const radio = form.elements.namedItem(name);
      if (radio) radio.value = value;
    }
    follow();
    form.addEventListener("change", follow);
    return () => {
      form.removeEventListener("change", follow);
      document.documentElement.style.fontSize = "";
    };
  }, []);
};
