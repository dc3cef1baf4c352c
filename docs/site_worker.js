// A browser starts no worker for a page that was opened from a file. The site's search then runs in a hidden frame.

if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    #waiting = [];
    #frame = document.createElement("iframe");

    constructor(url) {
      super();
      this.#frame.hidden = true;
      this.#frame.srcdoc = `<script>
        window.postMessage = (data) => frameElement.answer(data);
        onload = () => frameElement.ready();
      </script><script src="${url}"></script>`;
      this.#frame.answer = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
      this.#frame.ready = () => {
        const waiting = this.#waiting;
        this.#waiting = null;
        waiting.forEach((data) => this.postMessage(data));
      };
      document.body.append(this.#frame);
    }

    postMessage(data) {
      if (this.#waiting) this.#waiting.push(data);
      else this.#frame.contentWindow.dispatchEvent(new MessageEvent("message", { data }));
    }
  };
}
