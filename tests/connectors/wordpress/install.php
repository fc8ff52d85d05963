<?php
// Fills a new database with a site and its users; prints their application passwords as JSON.
// Called by real_wordpress.py: php install.php FOLDER

define( 'WP_INSTALLING', true );

function wp_new_blog_notification() {} // WordPress's own would send an e-mail

require $argv[1] . '/wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';

wp_install( 'A site', 'owner', 'owner@example.com', true, '', wp_generate_password() );
wp_delete_post( 1, true ); // "Hello world!"

$passwords = array();
foreach ( array( 'ada' => 'author', 'cy' => 'contributor' ) as $name => $role ) {
	$user = wp_insert_user(
		array(
			'user_login'   => $name,
			'user_email'   => "$name@example.com",
			'user_pass'    => wp_generate_password(),
			'display_name' => ucfirst( $name ) . ' L.',
			'role'         => $role,
		)
	);
	$made = WP_Application_Passwords::create_new_application_password( $user, array( 'name' => 'AIPromote' ) );
	$passwords[ $name ] = WP_Application_Passwords::chunk_password( $made[0] );
}
echo json_encode( $passwords );
