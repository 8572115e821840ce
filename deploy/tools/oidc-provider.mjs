// An OpenID provider on loopback whose only person is signed in at once: oidc-provider with what oidc.sh needs.
//
//   node oidc-provider.mjs FOLDER PORT     the folder that has node_modules, and where to listen
//
// POST /test/new-key has it sign with another key and forget the one before.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, port] = process.argv.slice(2);
const found = createRequire(join(folder, "package.json")).resolve("oidc-provider");
const { default: Provider } = await import(pathToFileURL(found));

const issuer = `http://127.0.0.1:${port}`;
const person = {
  sub: "nia-1",
  email: "nia@clinic.example",
  email_verified: true,
  name: "Nia Rahman",
  groups: ["desk", "everybody"],
};

function configuration() {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const key = { ...privateKey.export({ format: "jwk" }), kid: randomUUID(), alg: "RS256", use: "sig" };
  return {
    clients: [
      {
        client_id: "docslot",
        client_secret: "a secret of this test",
        redirect_uris: ["http://127.0.0.1:3000/sign-in/directory/return"],
      },
    ],
    jwks: { keys: [key] },
    cookies: { keys: [randomUUID()] },
    pkce: { required: () => true },
    claims: { openid: ["sub"], profile: ["name"], email: ["email", "email_verified"], groups: ["groups"] },
    scopes: ["openid", "profile", "email", "groups"],
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ ...person, sub: id }) }),
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    // nobody is asked whether docslot may know the groups
    loadExistingGrant: async (ctx) => {
      const grant = new ctx.oidc.provider.Grant({
        clientId: ctx.oidc.client.clientId,
        accountId: ctx.oidc.session.accountId,
      });
      grant.addOIDCScope("openid profile email groups");
      await grant.save();
      return grant;
    },
  };
}

let provider = new Provider(issuer, configuration());

const server = createServer(async (request, answer) => {
  if (request.method === "POST" && request.url === "/test/new-key") {
    provider = new Provider(issuer, configuration());
    answer.end("another key\n");
  } else if (request.url.startsWith("/interaction/")) {
    await provider.interactionFinished(request, answer, { login: { accountId: person.sub } });
  } else {
    await provider.callback()(request, answer);
  }
});
server.listen(Number(port), "127.0.0.1");
