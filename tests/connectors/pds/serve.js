// Bluesky's own server and a directory of accounts, on loopback and free ports, with everything in one folder. Prints
// its address when it is ready, and ends when its standard input does: with the tests, however they end.
'use strict'

const net = require('node:net')
const path = require('node:path')
const { randomBytes } = require('node:crypto')
const { Secp256k1Keypair } = require('@atproto/crypto')
const { PDS, envToCfg, envToSecrets } = require('@atproto/pds')
const plc = require('@did-plc/server')

const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (port, ...rest) {
  // Both servers would listen to everybody.
  return Number.isInteger(port)
    ? listen.call(this, { port, host: '127.0.0.1' }, ...rest)
    : listen.call(this, port, ...rest)
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer().on('error', reject)
    server.listen(0, () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

async function main(folder) {
  const [plcPort, port] = [await freePort(), await freePort()]
  await plc.PlcServer.create({ db: plc.Database.mock(), port: plcPort }).start()
  const key = await Secp256k1Keypair.create({ exportable: true })
  const environment = {
    devMode: true,
    port,
    hostname: 'localhost',
    dataDirectory: folder,
    blobstoreDiskLocation: path.join(folder, 'blobs'),
    didPlcUrl: `http://localhost:${plcPort}`,
    recoveryDidKey: (await Secp256k1Keypair.create()).did(),
    plcRotationKeyK256PrivateKeyHex: Buffer.from(await key.export()).toString('hex'),
    adminPassword: randomBytes(16).toString('hex'),
    jwtSecret: randomBytes(16).toString('hex'),
    serviceHandleDomains: ['.test'],
    inviteRequired: false,
    disableSsrfProtection: true,
  }
  const pds = await PDS.create(envToCfg(environment), envToSecrets(environment))
  await pds.start()
  console.log(`http://localhost:${port}`)
}

process.stdin.on('end', () => process.exit(0)).resume()
main(process.argv[2]).catch((error) => {
  console.error(error)
  process.exit(1)
})
