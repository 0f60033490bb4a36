import { mount } from 'svelte'
import '../ui/tokens.css'
import App from './App.svelte'
import { settings } from './settings'

document.documentElement.dataset.size = settings.size
mount(App, { target: document.getElementById('app')! })
