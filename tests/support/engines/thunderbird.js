// Runs in Thunderbird's chrome context with one message; answers with what its window says about it.
const [bytes, pkcs12s, password, done] = arguments;
const pause = ms => new Promise(resolve => setTimeout(resolve, ms));
const PATIENCE = 15000, LOADING = 4000, QUIET = 500, STEP = 20;

async function until(condition, patience = PATIENCE) {
  for (let waited = 0; waited < patience; waited += STEP) {
    const found = condition();
    if (found) return found;
    await pause(STEP);
  }
  throw new Error("waited too long for " + condition);
}

function importKeys() {
  const database = Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB);
  for (const path of pkcs12s) {
    const file = Cc["@mozilla.org/file/local;1"].createInstance(Ci.nsIFile);
    file.initWithPath(path);
    const error = database.importPKCS12File(file, password);
    if (error) throw new Error("importPKCS12File: " + error);
  }
}

function inbox() {
  const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
  const folder = MailServices.accounts.localFoldersServer.rootFolder.getChildNamed("Inbox");
  return folder.QueryInterface(Ci.nsIMsgLocalMailFolder);
}

async function opened(header) {
  const { MailUtils } = ChromeUtils.importESModule("resource:///modules/MailUtils.sys.mjs");
  const before = new Set(Services.wm.getEnumerator(null));
  MailUtils.openMessageInNewWindow(header);
  const win = await until(() => [...Services.wm.getEnumerator(null)].find(w => !before.has(w)));
  const about = await until(() => win.document.getElementById("messageBrowser")?.contentWindow);
  // What cannot be opened never counts as loaded.
  await until(() => about.msgLoaded, LOADING).catch(() => false);
  return [win, about];
}

// The verdicts come one after the other and without an end: whatever was said when it has been quiet for a while.
async function verdict(about) {
  const now = () => JSON.stringify([about.gSignatureStatus, about.gEncryptionStatus]);
  let last = now(), quiet = 0;
  while (quiet < QUIET) {
    await pause(STEP);
    quiet = now() === last ? quiet + STEP : 0;
    last = now();
  }
}

(async () => {
  importKeys();
  const [win, about] = await opened(inbox().addMessage(bytes));
  await verdict(about);
  const parts = about.document.getElementById("messagepane").contentDocument?.querySelectorAll("[class^=moz-text-]") || [];
  const told = {
    signature: about.gSignatureStatus, encryption: about.gEncryptionStatus, signer: about.gSignerCert?.subjectName || "",
    subject: about.document.getElementById("expandedsubjectBox")?.value?.textContent.trim() || "",
    text: [...parts].map(part => part.textContent.trim()).join("\n"), attachments: [...(about.currentAttachments || [])].map(a => a.name),
  };
  win.close();
  done(told);
})().catch(error => done({ error: String(error) + " " + error.stack }));
