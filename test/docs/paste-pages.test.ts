import { describePage } from '../support/pages.js'

describePage('docs/paste/guide.md', { apart: false })
describePage('docs/paste/cookbook.md', { apart: true })
describePage('docs/paste/reference.md', { apart: true })
describePage('docs/paste/coming-from-paste-deploy.md', { apart: true })
describePage('docs/pipelines.md', { apart: true })
