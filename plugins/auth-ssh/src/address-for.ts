/**
 * The address that a remote means to a user of ssh: `https://host/p` and `host/p` become `user@host:p`; an ssh URL keeps
 * its absolute path and gets the user.
 * @throws Error when the address names another user
 */
export function addressFor(remote: string, user: string): string {
  if (/^file:\/\/|^[./~]/.test(remote)) return remote;
  const url = /^[a-z]+:\/\//i.test(remote) ? new URL(remote) : undefined;
  const scp = url === undefined ? /^(?:([^@/]+)@)?([^@/:]+):(?!\/\/)(.+)$/.exec(remote) : null;
  const named = url?.username ? decode(url.username) : scp?.[1];
  if (named !== undefined && named !== user) {
    throw new Error(`conflicting SSH users: URL contains "${named}" but credentials specify "${user}"`);
  }
  if (url?.protocol === "ssh:") {
    url.username = encodeURIComponent(user);
    return url.href;
  }
  if (url !== undefined) return `${user}@${url.hostname}:${decode(url.pathname.replace(/^\//, ""))}`;
  if (scp !== null) return `${user}@${scp[2]}:${scp[3]}`;
  const plain = /^([^/@:]+\.[^/@:]+|localhost)\/(.+)$/.exec(remote);
  return plain === null ? remote : `${user}@${plain[1]}:${plain[2]}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
