// Passkeys: a button with data-passkey="create" or "get" asks the browser, puts the answer into its form, and sends it.
(() => {
  "use strict";

  const bytes = (text) => {
    const base64 = text.replace(/-/g, "+").replace(/_/g, "/");
    return Uint8Array.from(window.atob(base64), (letter) => letter.charCodeAt(0));
  };
  const text = (buffer) => {
    if (!buffer) return null;
    const letters = String.fromCharCode(...new Uint8Array(buffer));
    return window.btoa(letters).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  };
  const withBytes = (list) => (list || []).map((each) => ({ ...each, id: bytes(each.id) }));

  const create = async (options) => {
    const publicKey = {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: withBytes(options.excludeCredentials),
    };
    const made = await navigator.credentials.create({ publicKey });
    return {
      clientDataJSON: text(made.response.clientDataJSON),
      attestationObject: text(made.response.attestationObject),
      made,
    };
  };

  const get = async (options) => {
    const publicKey = {
      ...options,
      challenge: bytes(options.challenge),
      allowCredentials: withBytes(options.allowCredentials),
    };
    const made = await navigator.credentials.get({ publicKey });
    return {
      clientDataJSON: text(made.response.clientDataJSON),
      authenticatorData: text(made.response.authenticatorData),
      signature: text(made.response.signature),
      userHandle: text(made.response.userHandle),
      made,
    };
  };

  const answer = ({ made, ...response }) => ({
    id: made.id,
    rawId: text(made.rawId),
    type: made.type,
    response,
    clientExtensionResults: made.getClientExtensionResults(),
  });

  for (const button of document.querySelectorAll("button[data-passkey]")) {
    const form = button.form;
    const field = form.elements.namedItem("credential");
    const trouble = document.getElementById(button.dataset.trouble);
    if (!window.PublicKeyCredential || !field) continue;
    button.disabled = false;
    button.addEventListener("click", async (event) => {
      event.preventDefault();
      trouble.hidden = true;
      try {
        const options = JSON.parse(document.getElementById("passkey-options").textContent);
        const ceremony = button.dataset.passkey === "create" ? create : get;
        const { publicKey } = options.creation_options || options.request_options;
        field.value = JSON.stringify(answer(await ceremony(publicKey)));
        form.submit();
      } catch {
        trouble.hidden = false;
        trouble.focus();
      }
    });
  }
})();
