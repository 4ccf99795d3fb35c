import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import { eachWithApi } from '../support/api.js'

/** By ssh-keygen -t ed25519. */
const ED25519 = {
  line: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGmBt3ooKE1uU8aWvSsXwvRmG7SPsc7tsoUTVT/ylhSB me@host',
}
const RSA_LINE =
  'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDx8nkQv/zgGgB4rMYmIf+6A4l6Rr+o/6lHBQdW5aYd44bd8JttDCE/F/pNRr0lRE+PiqSPO8nDPHw0010JeMH9gYgnnFlyY3/OcJ02RhIPyyxYpv9FhY+2YiUkpwFOcLImyrxEsYXpD/0d3ac30bNH6Sw9JD9UZHYcpSxsIbECHw== Generated-by-Nova'
const RSA_FINGERPRINT = '1e:2c:9b:56:79:4b:45:77:f9:ca:7a:98:2c:b0:d5:3c'

describe('/os-keypairs', () => {
  const as = eachWithApi({ conf: { quota: { key_pairs: 3 } } })

  const send = (keypair: object, version?: string) =>
    as('member', version).post('/os-keypairs', { keypair })

  it('imports a key, with the fingerprint that SSH tells', async () => {
    const keypair = { name: 'mine', public_key: RSA_LINE }
    const shown = { ...keypair, fingerprint: RSA_FINGERPRINT }
    await send(keypair).expect(200, { keypair: { ...shown, user_id: 'u-member' } })
    await as('member')
      .get('/os-keypairs')
      .expect(200, { keypairs: [{ keypair: shown }] })
    await as('member', '2.2')
      .get('/os-keypairs')
      .expect(200, { keypairs: [{ keypair: { ...shown, type: 'ssh' } }] })
    await send({ name: 'modern', public_key: ED25519.line, type: 'ssh' }, '2.2').expect(201)
    const { body } = await as('member', '2.2').get('/os-keypairs/mine').expect(200)
    assert.match(body.keypair.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000000$/)
    assert.deepEqual(body.keypair, {
      ...shown,
      type: 'ssh',
      user_id: 'u-member',
      id: 1,
      created_at: body.keypair.created_at,
      updated_at: null,
      deleted: false,
      deleted_at: null,
    })
  })

  it('makes a key whose halves fit', async () => {
    const { body } = await send({ name: 'made' }).expect(200)
    const { private_key: privateKey, public_key: publicKey } = body.keypair
    assert.match(privateKey, /^-----BEGIN RSA PRIVATE KEY-----\n/)
    const { n } = createPublicKey(createPrivateKey(privateKey)).export({ format: 'jwk' })
    const [type, blob, comment] = publicKey.split(' ')
    assert.deepEqual([type, comment], ['ssh-rsa', 'Generated-by-Nova'])
    assert.ok(Buffer.from(blob, 'base64').includes(Buffer.from(n ?? '', 'base64url')))
  })

  it('makes a certificate for Windows', async () => {
    const { body } = await send({ name: 'windows', type: 'x509' }, '2.2').expect(201)
    const certificate = new X509Certificate(body.keypair.public_key)
    assert.equal(certificate.subject, 'CN=u-member')
    assert.ok(certificate.verify(certificate.publicKey))
    assert.match(certificate.subjectAltName ?? '', /u-member@localhost/)
    assert.equal(body.keypair.fingerprint, certificate.fingerprint.toLowerCase())
    await send({ name: 'again', type: 'x509', public_key: body.keypair.public_key }, '2.2')
      .expect(201)
      .expect(({ body: again }) =>
        assert.equal(again.keypair.fingerprint, body.keypair.fingerprint),
      )
  })

  it('needs a public key from 2.92', async () => {
    await send({ name: 'a.b@c' }, '2.92').expect(400)
    await send({ name: 'a.b@c', public_key: RSA_LINE }, '2.92').expect(201)
    await send({ name: 'a.b@c2', public_key: RSA_LINE }, '2.91').expect(400)
  })

  it('refuses what is no key', async () => {
    for (const text of [
      '',
      'nonsense',
      'ssh-rsa AAAA',
      'ssh-rsa ????',
      RSA_LINE.replace('ssh-rsa', 'ssh-ed25519'),
      ED25519.line.replace('/ylhSB', '/ylh'),
      'constructor AAAAC2NvbnN0cnVjdG9y',
    ]) {
      await send({ name: 'bad', public_key: text }).expect(400, {
        badRequest: {
          code: 400,
          message: 'Keypair data is invalid: failed to generate fingerprint',
        },
      })
    }
    await send({ name: 'bad', type: 'x509', public_key: RSA_LINE }, '2.2').expect(400)
    await send({ name: 'bad!', public_key: RSA_LINE }).expect(400)
  })

  it('takes no name twice and no more than the quota', async () => {
    const public_key = RSA_LINE
    await send({ name: 'a', public_key }).expect(200)
    await send({ name: 'a', public_key }).expect(409)
    await send({ name: 'b', public_key }).expect(200)
    await send({ name: 'c', public_key }).expect(200)
    await send({ name: 'd', public_key }).expect(403)
  })

  it('lets administrators act for others, from 2.10', async () => {
    const keypair = { name: 'a', public_key: RSA_LINE, user_id: 'u-member' }
    await as('admin').post('/os-keypairs', { keypair }).expect(400)
    await as('reader', '2.10').post('/os-keypairs', { keypair }).expect(403)
    await as('admin', '2.10').post('/os-keypairs', { keypair }).expect(201)
    await as('member').get('/os-keypairs/a').expect(200)
    await as('admin').get('/os-keypairs/a').expect(404)
    await as('reader', '2.10').get('/os-keypairs?user_id=u-member').expect(403)
    await as('admin', '2.10').delete('/os-keypairs/a?user_id=u-member').expect(204)
    await as('member').delete('/os-keypairs/a').expect(404)
  })

  it('pages by name from 2.35, and deletes with the status of the version', async () => {
    for (const name of ['b', 'a', 'c']) await send({ name, public_key: RSA_LINE }).expect(200)
    const { body } = await as('member', '2.35').get('/os-keypairs?limit=2').expect(200)
    const names = body.keypairs.map(({ keypair }: { keypair: { name: string } }) => keypair.name)
    assert.deepEqual(names, ['a', 'b'])
    assert.match(body.keypairs_links[0].href, /\/v2\.1\/os-keypairs\?limit=2&marker=b$/)
    await as('member', '2.35').get('/os-keypairs?marker=x').expect(400)
    await as('member').delete('/os-keypairs/a').expect(202)
    await as('member', '2.2').delete('/os-keypairs/b').expect(204)
  })
})
